// Phones around a media switch, ours or FreeSWITCH, each with a tone of its own: who hears whom is measured.

import { randomUUID } from 'node:crypto';
import { EslClient, type EventFields } from './esl-client.ts';
import { toneAmplitude } from './goertzel.ts';
import { SoundPhone, type PhoneOptions } from './sound-phone.ts';

/** Where the switch is. */
export interface SwitchAddress {
  readonly eslPort: number;
  readonly eslPassword: string;
  readonly sipPort: number;
}

/** A phone in a call, and the channel the switch knows it by. */
export interface Party {
  readonly phone: SoundPhone;
  readonly uuid: string;
}

/** Tones the phones of a test say, and sounds it plays: told apart by 50 ms of sound. */
const TONES = [400, 700, 900, 1_100, 1_500, 1_900] as const;
const SAY_AMPLITUDE = 8_000;
/** A tone is there when it is this loud, and not there when it is no louder than that. */
const PRESENT = SAY_AMPLITUDE / 8;
const ABSENT = SAY_AMPLITUDE / 50;
const WINDOW_MS = 200;
const WITHIN_MS = 8_000;

/** Tones in the newest sound a phone heard since it had heard `from` samples; undefined before there is enough. */
function tonesHeard(phone: SoundPhone, from: number): string | undefined {
  if (phone.samplesHeard < from + (WINDOW_MS + 60) * 8) return undefined;
  const sound = phone.heard(WINDOW_MS);
  const amplitudes = TONES.map((hz) => [hz, toneAmplitude(sound, hz)] as const);
  if (amplitudes.some(([, level]) => level > ABSENT && level < PRESENT)) return undefined;
  return amplitudes
    .filter(([, level]) => level >= PRESENT)
    .map(([hz]) => hz)
    .join(' ');
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** See the file's head. One per test file and switch; `clear` between tests. */
export class SwitchFloor {
  readonly esl: EslClient;
  readonly #address: SwitchAddress;
  readonly #phones: SoundPhone[] = [];
  #numbers = 0;

  private constructor(esl: EslClient, address: SwitchAddress) {
    this.esl = esl;
    this.#address = address;
  }

  /** @param events what to subscribe to */
  static async open(address: SwitchAddress, events: string): Promise<SwitchFloor> {
    return new SwitchFloor(await EslClient.ready(address.eslPort, address.eslPassword, events), address);
  }

  async close(): Promise<void> {
    await this.clear();
    this.esl.close();
  }

  /** Hangs everybody up. */
  async clear(): Promise<void> {
    await this.esl.api('hupall');
    for (
      let left = 200;
      left > 0 && !(await this.esl.api('show channels count')).includes('\n0 total');
      left--
    )
      await pause(20);
    await Promise.all(this.#phones.splice(0).map((phone) => phone.stop()));
    this.esl.events.length = 0;
  }

  async phone(options: PhoneOptions): Promise<SoundPhone> {
    const phone = await SoundPhone.start(options);
    this.#phones.push(phone);
    return phone;
  }

  /** A phone that called in and was answered. */
  async caller(options: PhoneOptions): Promise<Party> {
    const phone = await this.phone(options);
    const number = `n${++this.#numbers}`;
    phone.call(this.#address.sipPort, number);
    const parked = await this.esl.event('CHANNEL_PARK', { 'Caller-Destination-Number': number });
    const uuid = parked['Unique-ID']!;
    await this.esl.api(`uuid_answer ${uuid}`);
    return { phone, uuid };
  }

  /** A phone that was dialled and answered. @param application `name(argument)` */
  async dialled(options: PhoneOptions, application: string, variables = ''): Promise<Party> {
    const phone = await this.phone(options);
    const uuid = randomUUID();
    const more = variables === '' ? '' : `,${variables}`;
    const said = await this.esl.job(
      `originate {origination_uuid=${uuid}${more}}sofia/cordboard/${phone.uri()} &${application}`,
    );
    if (!said.startsWith('+OK')) throw new Error(`originate: ${said}`);
    return { phone, uuid };
  }

  /** Two phones that hear each other. */
  async bridged(a: PhoneOptions = { hz: 400 }, b: PhoneOptions = { hz: 700 }): Promise<[Party, Party]> {
    const [first, second] = [await this.caller(a), await this.caller(b)];
    await this.esl.api(`uuid_bridge ${first.uuid} ${second.uuid}`);
    await this.esl.event('CHANNEL_BRIDGE', { 'Bridge-A-Unique-ID': first.uuid });
    await this.hears(first, b.hz);
    await this.hears(second, a.hz);
    return [first, second];
  }

  /** Runs an application on a channel. @returns the reply text */
  async execute(uuid: string, name: string, argument = '', eventUuid = ''): Promise<string> {
    const lines = [`sendmsg ${uuid}`, 'call-command: execute', `execute-app-name: ${name}`];
    if (argument !== '') lines.push(`execute-app-arg: ${argument}`);
    if (eventUuid !== '') lines.push(`Event-UUID: ${eventUuid}`);
    return (await this.esl.command(lines.join('\n'))).headers['Reply-Text'] ?? '';
  }

  /** Waits until a phone hears exactly these tones, in sound that reached it after the question. */
  async hears({ phone }: Party, ...tones: readonly number[]): Promise<void> {
    const wanted = [...tones].sort((a, b) => a - b).join(' ');
    const from = phone.samplesHeard;
    const deadline = performance.now() + WITHIN_MS;
    let heard = tonesHeard(phone, from);
    while (heard !== wanted) {
      if (performance.now() > deadline)
        throw new Error(
          `the phone that says ${phone.options.hz} Hz should hear [${wanted}], hears [${heard ?? 'nothing clear'}]`,
        );
      await pause(20);
      heard = tonesHeard(phone, from);
    }
  }

  /** Nobody's tone reaches a phone for a while, whether as silence or as no packets at all. */
  async hearsNothing({ phone }: Party, forMs = 400): Promise<void> {
    await pause(120);
    const from = phone.samplesHeard;
    await pause(forMs);
    const sound = phone.heard(Math.floor((phone.samplesHeard - from) / 8));
    for (const hz of TONES)
      if (sound.length > 800 && toneAmplitude(sound, hz) > ABSENT)
        throw new Error(`the phone that says ${phone.options.hz} Hz hears ${hz} Hz and should hear nothing`);
  }

  /** Events of one channel with these names, in order. */
  eventsOf(uuid: string, ...names: readonly string[]): EventFields[] {
    return this.esl.events.filter(
      (event) => event['Unique-ID'] === uuid && names.includes(event['Event-Name'] ?? ''),
    );
  }
}
