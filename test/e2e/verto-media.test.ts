// An agent on verto-ts in Chromium: first with her desk phone as extension, then with the page as her phone, its sound carried through Janus to
// the switch; customers from the web page; sound measured. Her connection is cut under the call, her page reloaded: the call goes on. Two
// supervisors, one over Verto and one over Socket.IO, hear the same of it.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Verto, VertoCallcenter, VertoDialog } from '../../app/sdk/verto-ts/src/index.ts';
import { TestBrowser, toneWav, withoutChromium, type Person } from '../support/chromium.ts';
import type { Phone } from '../support/baresip.ts';
import { atPage, atPhone, hearEachOther, hears } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import { listenerAtDesk } from '../support/listeners.ts';
import { Scene, tones, type Visitor } from '../support/scene.ts';
import { overSocket, overVerto } from '../support/side-by-side.ts';
import { until } from '../support/until.ts';
import { VertoClient } from '../support/verto-client.ts';

interface AgentPage {
  verto: Verto;
  vcc: VertoCallcenter;
  call: VertoDialog | undefined;
  states: string[];
  sockets: WebSocket[];
}

/** Runs in the agent's page before its own scripts: the test must be able to cut its connection. */
function keepSockets(): void {
  const sockets: WebSocket[] = [];
  (window as unknown as AgentPage).sockets = sockets;
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  };
}

/** Runs in the agent's page: a softphone in a few lines. */
async function softphone([login, passwd]: readonly [string, string]): Promise<void> {
  const page = window as unknown as AgentPage & {
    Verto: new (...given: ConstructorParameters<typeof Verto>) => Verto;
    VertoCallcenter: new (verto: Verto) => VertoCallcenter;
  };
  page.states = [];
  page.verto = new page.Verto(
    {},
    {
      onDialogState: (dialog) => {
        page.call = dialog;
        page.states.push(dialog.state.name);
      },
    },
  );
  page.vcc = new page.VertoCallcenter(page.verto);
  const socketUrl = `${location.origin.replace('http', 'ws')}/ws`;
  await page.verto.connect({ login, passwd, socketUrl, media: true });
}

onEachPair({ story: 'an agent on verto-ts', alsoMissing: withoutChromium() }, ({ pair, test }) => {
  let scene: Scene;
  let boss: VertoClient;
  let phone: Phone;
  let person: Person;
  let page: Page;
  let visitor: Visitor & { readonly sessionId: string };

  beforeAll(async () => {
    scene = await Scene.open({ pair });
    boss = await VertoClient.logIn(scene.cordboard.url, 'supervisor', scene.cordboard.demoPassword);
    scene.whenAllLeave(async () => boss.close());
    await boss.must('verto.subscribe', { eventChannel: 'vcc.default' });
    phone = await scene.deskPhone('1002');
    const browser = await TestBrowser.launch({ microphone: toneWav(tones.agent) });
    scene.whenAllLeave(() => browser.close());
    person = await browser.person();
    await person.context.addInitScript(keepSockets);
    page = await person.open(`${scene.cordboard.url}/`);
    await opens();
  });
  afterAll(() => scene?.close());

  const opens = async (): Promise<void> => {
    await page.addScriptTag({ url: '/verto.min.js' });
    await page.evaluate(softphone, ['1002', scene.cordboard.demoPassword] as const);
  };
  const states = (): Promise<string[]> => page.evaluate(() => (window as unknown as AgentPage).states);
  const becomes = (state: string): Promise<unknown> =>
    until(`the call is ${state}`, async () => (await states()).at(-1) === state);
  const agentState = (): Promise<string | undefined> =>
    page.evaluate(async () => {
      const { agents } = await (window as unknown as AgentPage).vcc.ccStatus({ agent: '1002' });
      return agents[0]?.state;
    });
  const agent = () => atPage('agent', page, tones.agent);
  const customer = () => atPage('customer', visitor.page, tones.customer);

  /** What both supervisors have heard, once it is the same. */
  const heardAlike = async (): Promise<readonly string[]> => {
    await until('both supervisors heard as much', () => {
      const [verto, socket] = [overVerto(boss, 'vcc.default'), overSocket(scene.board)];
      return verto.length > 0 && verto.length === socket.length;
    });
    expect(overVerto(boss, 'vcc.default')).toEqual(overSocket(scene.board));
    return overSocket(scene.board);
  };

  test('with her desk phone as extension: it rings, both hear each other, she holds from the page; both supervisors hear each state once', async () => {
    const login = await page.evaluate(async () => {
      const { vcc } = window as unknown as AgentPage;
      await vcc.ccLogin('default', '1002', '1002');
      return vcc.ccGoReady('default', '1002');
    });
    expect(login.agent).toMatchObject({ extn: '1002', state: 'READY' });
    visitor = await scene.visitor();
    await phone.ringing();
    await phone.answer();
    const { sessionId } = visitor;
    await scene.board.sees('session.connected', { sessionId, agentId: '1002' });
    const onPhone = atPhone('agent', phone, tones.agent);
    await hearEachOther([customer(), onPhone]);
    await page.evaluate(() => (window as unknown as AgentPage).vcc.ccHold('default', '1002'));
    await hears(customer(), [], [onPhone]);
    await page.evaluate(() => (window as unknown as AgentPage).vcc.ccUnHold('default', '1002'));
    await hearEachOther([customer(), onPhone]);
    await visitor.page.click('button.stop');
    await phone.callEnded();
    await scene.board.sees('session.ended', { sessionId });
    expect(await heardAlike()).toEqual([
      `queue-join ${sessionId}`,
      '1002 RESERVED',
      `call-ringing ${sessionId}`,
      '1002 RINGING',
      '1002 TALKING',
      `call-answered ${sessionId}`,
      `call-held ${sessionId}`,
      '1002 HELD',
      `call-resumed ${sessionId}`,
      '1002 TALKING',
      `call-ended ${sessionId}`,
      '1002 WRAPUP',
    ]);
    await visitor.person.close();
    await page.evaluate(async () => {
      const { vcc } = window as unknown as AgentPage;
      await vcc.ccWrapUp('default', '1002');
      await vcc.ccLogout('default', '1002');
    });
  });

  test('signs in with the page as her phone, and goes ready', async () => {
    const result = await page.evaluate(async () => {
      const { vcc } = window as unknown as AgentPage;
      await vcc.ccLogin('default', '1002', 'browser-1002');
      return vcc.ccGoReady('default', '1002');
    });
    expect(result.agent).toMatchObject({ agent: '1002', extn: 'browser-1002', state: 'READY' });
  });

  test('the page rings, she answers, both hear each other', async () => {
    visitor = await scene.visitor();
    await becomes('ringing');
    await page.evaluate(() => (window as unknown as AgentPage).call?.answer());
    await scene.board.sees('session.connected', { sessionId: visitor.sessionId, agentId: '1002' });
    await becomes('active');
    await hearEachOther([customer(), agent()]);
    expect(await states()).toEqual(['ringing', 'answering', 'active']);
  });

  test('muted here, the customer hears nothing; then she does again', async () => {
    expect(await page.evaluate(() => (window as unknown as AgentPage).call?.setMute('on'))).toBe(true);
    await hears(customer(), [], [agent()]);
    expect(await page.evaluate(() => (window as unknown as AgentPage).call?.setMute('toggle'))).toBe(false);
    await hearEachOther([customer(), agent()]);
  });

  test('held by the dialog and taken back: the floor knows, and so do the ears', async () => {
    await page.evaluate(() => (window as unknown as AgentPage).call?.hold());
    await becomes('held');
    await scene.board.sees('session.held', { sessionId: visitor.sessionId });
    await hears(customer(), [], [agent()]);
    await page.evaluate(() => (window as unknown as AgentPage).call?.unhold());
    await becomes('active');
    await hearEachOther([customer(), agent()]);
  });

  test('a key is sent', async () => {
    const sent = await page.evaluate(() => (window as unknown as AgentPage).call?.dtmf('5'));
    expect(sent).toMatchObject({ message: 'SENT' });
  });

  test('the connection is cut: the dialog recovers on the next one, with the same session, and the sound never stopped', async () => {
    await page.evaluate(() => (window as unknown as AgentPage).sockets.at(-1)?.close());
    await until('the call recovers', async () => (await states()).slice(-2).join() === 'recovering,active');
    await hearEachOther([customer(), agent()]);
    expect(
      await page.evaluate(() => Object.keys((window as unknown as AgentPage).verto.dialogs).length),
    ).toBe(1);
  });

  test('another network path: the sound is described anew (updateMedia), and goes on', async () => {
    const credentials = await page.evaluate(async () => {
      const { call, verto } = window as unknown as AgentPage;
      const peer = window.testPeers.at(-1) as RTCPeerConnection;
      const before = peer.localDescription?.sdp;
      await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
      while (peer.iceGatheringState !== 'complete')
        await new Promise((resolve) => (peer.onicegatheringstatechange = resolve));
      const params = {
        action: 'updateMedia',
        sdp: peer.localDescription?.sdp,
        dialogParams: { callID: call?.callID },
      };
      const { sdp } = (await verto.call('verto.modify', params)) as { sdp: string };
      await peer.setRemoteDescription({ type: 'answer', sdp });
      return [before, peer.localDescription?.sdp].map((text) => /a=ice-ufrag:(\S+)/.exec(text ?? '')?.[1]);
    });
    expect(new Set(credentials).size).toBe(2);
    await hearEachOther([customer(), agent()]);
    expect((await states()).at(-1)).toBe('active');
  });

  test('the page is reloaded: she is waited for, and the next page attaches the same call, with sound both ways; a supervisor who listens hears them again', async () => {
    const supervisor = await listenerAtDesk(scene, tones.supervisor);
    const both = [customer(), agent()];
    await supervisor.listens(visitor.sessionId);
    await hears(supervisor, both, both);
    const callID = await page.evaluate(() => (window as unknown as AgentPage).call?.callID);
    const { sessionId } = visitor;
    await page.reload();
    await scene.board.sees('session.agentAway', { sessionId, agentId: '1002' });
    await visitor.page.waitForSelector('text=You are on hold');
    await opens();
    await becomes('active');
    await scene.board.sees('session.agentBack', { sessionId, agentId: '1002' });
    await hearEachOther([customer(), agent()]);
    expect(await page.evaluate(() => (window as unknown as AgentPage).call?.callID)).toBe(callID);
    expect(await states()).toEqual(['recovering', 'answering', 'active']);
    expect(await agentState()).toBe('TALKING');
    await hears(supervisor, both, both);
    await supervisor.leaves(sessionId);
  });

  test('she hangs up: the customer is told, one record has it all', async () => {
    await page.evaluate(() => (window as unknown as AgentPage).call?.hangup());
    await becomes('destroy');
    await visitor.page.waitForSelector('.stars');
    expect(await scene.board.record(visitor.sessionId)).toMatchObject({
      ending: 'agent_hung_up',
      agentId: '1002',
    });
    expect(await agentState()).toBe('WRAPUP');
    await visitor.person.close();
  });

  test('another caller gives up while the page rings: the page is told', async () => {
    await page.evaluate(() => (window as unknown as AgentPage).vcc.ccWrapUp('default', '1002'));
    visitor = await scene.visitor();
    await becomes('ringing');
    await visitor.page.click('button.stop');
    await becomes('destroy');
    await visitor.person.close();
    expect(person.complaints).toEqual([]);
  });

  test('over Verto and over Socket.IO alike: every state of every call once, in one order, without a gap', async () => {
    const heard = await heardAlike();
    expect(heard.filter((line) => line === '1002 RECONNECTING')).toHaveLength(1);
    expect(heard.filter((line, index) => line === heard[index - 1])).toEqual([]);
    expect(scene.board.gaps).toBe(0);
    const numbers = boss.events.map(({ eventSerno }) => eventSerno);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  });

  test('the control plane is killed under the call: the page is back by itself, and in the same call, with sound both ways', async () => {
    visitor = await scene.visitor();
    await becomes('ringing');
    await page.evaluate(() => (window as unknown as AgentPage).call?.answer());
    await becomes('active');
    await hearEachOther([customer(), agent()]);
    const { sessionId } = visitor;
    const callID = await page.evaluate(() => (window as unknown as AgentPage).call?.callID);
    const peers = () => page.evaluate(() => window.testPeers.length);
    const before = await peers();
    await scene.cordboard.killAndAwaitReturn('cordboard');
    await until('the call recovers', async () => (await states()).slice(-2).join() === 'recovering,active');
    await hearEachOther([customer(), agent()]);
    expect(await page.evaluate(() => (window as unknown as AgentPage).call?.callID)).toBe(callID);
    expect(await peers()).toBe(before);
    expect(await agentState()).toBe('TALKING');
    await page.evaluate(() => (window as unknown as AgentPage).call?.hangup());
    await visitor.page.waitForSelector('.stars');
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'agent_hung_up', agentId: '1002' });
    expect(scene.board.kindsOf(sessionId)).not.toContain('session.agentAway');
  });
});
