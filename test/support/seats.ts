// An agent at work, at a desk phone or at a browser. What she wants is said in the same words for both, so that one story is told
// for each device: with a desk phone the page's commands are sent without the page; in a browser they are clicked on it.

import type { Page } from 'playwright-core';
import type { TransferTarget } from '../../app/contract/call-control.ts';
import type { Agent } from '../../app/contract/floor.ts';
import type { NotReached } from '../../app/contract/socket.ts';
import { Carrier } from './carrier.ts';
import { TestBrowser, toneWav } from './chromium.ts';
import { atPage, atPhone, type Party, type PhoneParty } from './hearing.ts';
import type { AgentCommand, Submitted } from './people.ts';
import { Scene, tones, type SceneOptions } from './scene.ts';
import { until } from './until.ts';

export interface Seat extends Party {
  readonly agentId: string;
  readonly device: 'sip' | 'browser';
  goesReady(): Promise<void>;
  /** Waits until a call rings at her device. */
  rings(): Promise<void>;
  /** Waits for the call and takes it. */
  answers(): Promise<void>;
  /** Asks for something that must be granted; taking the call that her own wish brings to her device is part of it. */
  does<Of extends AgentCommand>(command: Of, ...wish: Wish<Of>): Promise<void>;
  /** Waits until her device has no call any more. */
  callIsOver(): Promise<void>;
  becomes(activity: Agent['activity']): Promise<void>;
  /** Waits until she is told that somebody was not reached: who, and why. */
  missed(): Promise<Pick<NotReached, 'who' | 'cause'>>;
  /** Writes about the call she had, other words than before, and is idle again. */
  wrapsUp(sessionId: string, note: string): Promise<void>;
}

/** A scene with a carrier behind it, a caller in front, and two agents who are ready: one at her desk phone, one in her browser. */
export interface TwoSeats {
  readonly scene: Scene;
  readonly carrier: Carrier;
  readonly caller: PhoneParty;
  readonly alice: Seat;
  readonly bob: Seat;
}

/** Everybody leaves when the scene closes. */
export async function openTwoSeats(options: SceneOptions): Promise<TwoSeats> {
  const carrier = await Carrier.open();
  const scene = await Scene.open({ ...options, env: carrier.env });
  scene.whenAllLeave(() => carrier.close());
  try {
    const caller = atPhone('the caller', await scene.trunkPhone('493012345'), tones.customer);
    const alice = await atDesk(scene, '1001', tones.agent);
    const bob = await atBrowser(scene, '1002', tones.other);
    await alice.goesReady();
    await bob.goesReady();
    return { scene, carrier, caller, alice, bob };
  } catch (error) {
    await scene.close();
    throw error;
  }
}

/** What has nothing to say besides its name needs no second word. */
type Wish<Of extends AgentCommand> =
  Record<string, never> extends Submitted<Of> ? [Submitted<Of>?] : [Submitted<Of>];

/** Commands that end in a call to her own device. */
const callsHer: ReadonlySet<AgentCommand> = new Set(['pickUp', 'dial']);

export async function atDesk(scene: Scene, agentId: string, tone: number): Promise<Seat> {
  const phone = await scene.deskPhone(agentId, { toneHz: tone });
  const desk = await scene.desk(agentId);
  const answers = async (): Promise<void> => {
    await phone.ringing(20_000);
    await phone.answer();
  };
  return {
    ...atPhone(`${agentId} at her desk`, phone, tone),
    agentId,
    device: 'sip',
    goesReady: () => desk.goReady(),
    async rings() {
      await phone.ringing(20_000);
    },
    answers,
    async does(command, ...[wish]) {
      await desk.must(command, wish);
      if (callsHer.has(command)) await answers();
    },
    async callIsOver() {
      await phone.callEnded(20_000);
    },
    becomes: (activity) => desk.becomes(activity, 20_000),
    async missed() {
      const { who, cause } = await until('she is told', () => desk.missed.shift(), { withinMs: 20_000 });
      return { who, cause };
    },
    async wrapsUp(_sessionId, note) {
      await desk.becomes('wrapUp', 20_000);
      await desk.must('wrapUp', { note });
      await desk.becomes('idle');
    },
  };
}

/** A page of the staff, signed in, in a browser of her own whose microphone is her tone. */
export async function browserOf(scene: Scene, path: string, user: string, tone: number): Promise<Page> {
  const browser = await TestBrowser.launch({ microphone: toneWav(tone) });
  scene.whenAllLeave(() => browser.close());
  const person = await browser.person();
  const page = await person.open(`${scene.cordboard.url}${path}`);
  page.setDefaultTimeout(20_000);
  await page.fill('input[name=username]', user);
  await page.fill('input[name=password]', scene.cordboard.demoPassword);
  await page.click('form button.primary');
  return page;
}

/** Waits until a page has no call any more. */
export async function callIsOverIn(page: Page): Promise<void> {
  const noCall = () => window.testPeers.every(({ connectionState }) => connectionState === 'closed');
  await until('the browser has no call', () => page.evaluate(noCall));
}

export async function atBrowser(scene: Scene, agentId: string, tone: number): Promise<Seat> {
  const page = await browserOf(scene, '/agent', agentId, tone);
  await page.click('input[value=browser]');
  await page.click('form button.primary');
  await page.waitForSelector('text=This browser takes the calls');
  return {
    ...atPage(`${agentId} in her browser`, page, tone),
    ...atScreen(scene, agentId, page),
    device: 'browser',
    callIsOver: () => callIsOverIn(page),
  };
}

/** Her page is open, and she talks on a desk phone that answers by itself when the page says so. */
export async function atScreenAndDesk(scene: Scene, agentId: string, tone: number): Promise<Seat> {
  const phone = await scene.selfAnsweringPhone(agentId, tone);
  const page = await browserOf(scene, '/agent', agentId, tone);
  await page.click('form button.primary');
  const screen = atScreen(scene, agentId, page);
  return { ...phone, ...screen, device: 'sip', callIsOver: () => screen.becomes('wrapUp') };
}

/** What she does and sees on her page, whatever she talks on. */
function atScreen(
  scene: Scene,
  agentId: string,
  page: Page,
): Omit<Seat, keyof Party | 'device' | 'callIsOver'> {
  const becomes = async (activity: Agent['activity']): Promise<void> => {
    await page.waitForSelector(`[data-activity=${activity}]`);
  };
  return {
    agentId,
    async goesReady() {
      const button = page.getByRole('button', { name: 'Go ready' });
      if (await button.isEnabled()) await button.click();
      await page.waitForSelector('[data-presence=ready]');
    },
    rings: () => becomes('ringing'),
    async answers() {
      await becomes('ringing');
      await press(page, 'Answer');
    },
    async does(command, ...[wish]) {
      const click = clicks[command];
      if (!click) throw new Error(`the agent's page has no button for ${command}`);
      await click(page, (wish ?? {}) as never);
    },
    becomes,
    async missed() {
      const notice = await page.waitForSelector('[data-missed]');
      const [who, cause] = [
        await notice.getAttribute('data-missed'),
        await notice.getAttribute('data-cause'),
      ];
      return { who, cause } as Pick<NotReached, 'who' | 'cause'>;
    },
    async wrapsUp(sessionId, note) {
      await becomes('wrapUp');
      await page.fill('textarea', note);
      await press(page, 'Done');
      await becomes('idle');
      scene.ledger.noted(sessionId, agentId, note);
    },
  };
}

const press = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

type Click<Of extends AgentCommand> = (page: Page, wish: Submitted<Of>) => Promise<void>;

/** Where each command is on the agent's page. */
const clicks: { readonly [Of in AgentCommand]?: Click<Of> } = {
  hold: (page) => press(page, 'Hold'),
  resume: (page) => press(page, 'Resume'),
  hangUp: (page) => press(page, 'Hang up'),
  decline: (page) => press(page, 'Decline'),
  mute: (page, { muted }) => press(page, muted ? 'Mute' : 'Unmute'),
  sendDigits: (page, { digits }) => typeKeys(page, digits),
  transfer: (page, { to }) => choose(page, to, 'Transfer now'),
  consult: (page, { to }) => choose(page, to, 'Ask first'),
  completeTransfer: (page) => press(page, 'Connect them'),
  cancelConsult: (page) => press(page, 'Back to the customer'),
  toggle: (page) => press(page, 'Swap'),
  conference: (page) => press(page, 'All together'),
  dropParty: (page, { party }) => press(page, party === 'customer' ? 'Let the customer go' : /^Let \S+ go$/),
  async park(page) {
    await press(page, 'Park');
    await page.waitForSelector('text=/^Parked in slot \\d+$/');
  },
  pickUp: (page, { slot }) => fillIn(page, 'pick-up', String(slot)),
  async dial(page, { number, callerNumber }) {
    if (callerNumber !== undefined) await page.getByLabel('Show the number').selectOption(callerNumber);
    await fillIn(page, 'dial', number);
  },
  recording: (page, { wish }) => press(page, recordingButtons[wish]),
  stopPlaying: (page) => press(page, 'Stop the sound'),
};

const recordingButtons = {
  start: 'Record',
  stop: 'Stop recording',
  pause: 'Pause recording',
  resume: 'Resume recording',
} as const;

async function typeKeys(page: Page, digits: string): Promise<void> {
  const keypad = page.getByRole('group', { name: 'Keypad' });
  await press(page, 'Keypad');
  for (const digit of digits) await keypad.getByRole('button', { name: digit, exact: true }).click();
  await press(page, 'Keypad');
}

/** Opens the panel, says to whom, and how. */
async function choose(page: Page, to: TransferTarget, how: string): Promise<void> {
  await press(page, 'Transfer');
  const panel = page.locator('[data-panel=transfer]');
  await panel.locator(`input[value=${to.kind}]`).click();
  if (to.kind === 'number') await panel.getByLabel('Telephone number').fill(to.number);
  else await panel.getByLabel('To whom').selectOption(to.kind === 'agent' ? to.agentId : to.queueId);
  await panel.getByRole('button', { name: how, exact: true }).click();
}

async function fillIn(page: Page, form: 'dial' | 'pick-up', text: string): Promise<void> {
  const place = page.locator(`[data-form=${form}]`);
  await place.locator('input').fill(text);
  await place.locator('button').click();
}
