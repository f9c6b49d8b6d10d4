// An agent whose phone is her page: verto-ts in Chromium, its sound carried through Janus to the switch; a customer from the web page; sound
// measured. The connection is cut under the call: the call goes on.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Verto, VertoCallcenter, VertoDialog } from '../../app/sdk/verto-ts/src/index.ts';
import { TestBrowser, toneWav, withoutChromium, type Person } from '../support/chromium.ts';
import { atPage, hearEachOther, hears } from '../support/hearing.ts';
import { Scene, tones, type Visitor } from '../support/scene.ts';
import { until } from '../support/until.ts';

const missing = withoutChromium();

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

describe.skipIf(missing !== undefined)(`calls in a page of verto-ts${missing ? `: ${missing}` : ''}`, () => {
  let scene: Scene;
  let person: Person;
  let page: Page;
  let visitor: Visitor & { readonly sessionId: string };

  beforeAll(async () => {
    scene = await Scene.open();
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

  test('the page is reloaded: she is waited for, and the next page attaches the same call, with sound both ways', async () => {
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
});
