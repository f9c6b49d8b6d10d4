// The test call: a phone calls the echo through the edge, hears the switch's tone, speaks one itself and waits for it to come back.
// What the switch counted of our packets tells which way is broken when one is.
//
//   INVITE *43 ─► answered ─► its tone heard? ─► our tone back? ─► recorded: does the file appear here? ─► BYE ─► what did it receive?

import { randomBytes } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { checkPhone } from '../../check-phone.ts';
import { parseJson } from '../../json.ts';
import { MediaError } from '../../ports/media.ts';
import { SwitchClosed, withSwitch, type SwitchLine } from '../event-socket.ts';
import type { Check } from '../examine.ts';
import { well, wrong, type Finding } from '../finding.ts';
import { reachable, type Installation } from '../installation.ts';
import { DoctorPhone, Unanswered, type AnsweredCall } from '../phone.ts';
import { PhoneSound } from '../phone-sound.ts';
import { todoAfter } from './sip.ts';

const echoNumber = '*43';
/** Of the switch (gateway/freeswitch/commands.ts), and ours: no multiple of each other. */
const itsTone = 1_004;
const ourTone = 620;
const audible = 0.03;
const toneWithinMs = 4_000;
const echoWithinMs = 4_000;
const lookEveryMs = 50;
const recordedMs = 500;

export const testCall: Check = {
  name: 'call',
  needsRunning: true,
  async look(installation) {
    const { checkPassword, config } = installation;
    if (checkPassword === undefined) return []; // The registration says so already.
    const edge = { host: reachable(config.sip.host), port: config.sip.port };
    const phone = await DoctorPhone.open(edge, { user: checkPhone, password: checkPassword });
    const sound = await PhoneSound.open(phone.address, ourTone);
    try {
      return await callWith(phone, sound, installation);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      const seen = `The test call to ${echoNumber} was not answered: ${error.message}.`;
      return [wrong('call.refused', seen, todoAfter(error.status))];
    } finally {
      sound.close();
      await phone.close();
    }
  },
};

async function callWith(
  phone: DoctorPhone,
  sound: PhoneSound,
  installation: Installation,
): Promise<Finding[]> {
  const call = await phone.call(echoNumber, sound.sdp);
  const far = mediaOf(call.sdp);
  if (far) sound.speakTo(far);
  const onSwitch = beside(call, installation);
  const tone = await within(toneWithinMs, () => sound.hears(itsTone) > audible);
  const echo = await within(tone ? echoWithinMs : 0, () => sound.hears(ourTone) > audible);
  const recording = await onSwitch.recorded();
  await call.hangUp();
  const heard = { tone, echo, packetsHeard: sound.packetsHeard, packetsTaken: await onSwitch.packetsTaken() };
  return [judgeSound(heard, { far, near: phone.address }), ...recording];
}

/** Where the answer wants sound (RFC 8866): the media's own address before the session's. */
export function mediaOf(sdp: string): { host: string; port: number } | undefined {
  const [session = '', media = ''] = sdp.split(/^(?=m=audio )/m);
  const [, port] = /^m=audio (\d+)/.exec(media) ?? [];
  const addressIn = (text: string): string | undefined => /^c=IN IP[46] (\S+)/m.exec(text)?.[1];
  const host = addressIn(media) ?? addressIn(session);
  return host !== undefined && port !== undefined ? { host, port: Number(port) } : undefined;
}

export interface Heard {
  /** We heard the switch's tone; our own came back. */
  readonly tone: boolean;
  readonly echo: boolean;
  /** Packets that reached us. */
  readonly packetsHeard: number;
  /** Packets of ours that reached the switch; undefined when it could not be asked. */
  readonly packetsTaken: number | undefined;
}

/** Which way sound went, in plain words. */
export function judgeSound(
  { tone, echo, packetsHeard, packetsTaken }: Heard,
  { far, near }: { far: { host: string; port: number } | undefined; near: string },
): Finding {
  const there = far ? `${far.host}:${far.port}` : 'nowhere';
  if (tone && echo)
    return well(
      'call.well',
      `A test call through the edge: the switch (sound at ${there}) hears us, and we hear it.`,
    );
  const firewall = 'Look at firewalls and NAT on that way, for UDP and the whole range of its RTP ports';
  if (tone && packetsTaken === 0)
    return wrong(
      'call.one-way-out',
      `We hear the switch, it does not hear us: nothing of what we send to ${there}, the address in its SDP, arrives.`,
      `${firewall}; if phones cannot reach that address at all, set CORDBOARD_MEDIA_IP (for FreeSWITCH, its ext-rtp-ip).`,
    );
  if (tone)
    return wrong(
      'call.no-echo',
      `We hear the switch, and ${packetsTaken ?? 'an unknown number of'} packets of ours reached it, but our tone does not come back.`,
      'Look into the switch’s log: it lacks the application echo, or changes the sound on its way.',
    );
  if (packetsHeard > 0)
    return wrong(
      'call.silence',
      `The switch sends sound (${packetsHeard} packets), but no tone is in it.`,
      'Look into the switch’s log: mod_tone_stream, and the codec it chose.',
    );
  if (packetsTaken !== undefined && packetsTaken > 0)
    return wrong(
      'call.one-way-in',
      `The switch hears us, we do not hear it: nothing of what it sends from ${there} reaches ${near}.`,
      `${firewall}; the switch has to be able to send to the phones’ addresses.`,
    );
  return wrong(
    'call.no-sound',
    `The test call is answered, and there is no sound in either direction (the switch’s SDP says ${there}).`,
    `${firewall}; that address must be one phones reach: CORDBOARD_MEDIA_IP (for FreeSWITCH, ext-rtp-ip).`,
  );
}

/** What the switch that has our call can tell of it. */
function beside(call: AnsweredCall, installation: Installation) {
  let leave = (): void => undefined;
  const stay = new Promise<void>((resolve) => (leave = resolve));
  const lines = installation.switches.map((address) => {
    let taken: Promise<number> | undefined;
    const recorded = new Promise<readonly Finding[]>((resolve) => {
      withSwitch(address, async (line) => {
        const leg = await legOf(line, call.callId);
        if (leg === undefined) return resolve([]);
        taken = line.ended(call.callId).then((event) => packetsIn(event.get(packetCount)));
        resolve([await record(line, leg, installation.recordingsFolder)]);
        await Promise.race([stay, taken]);
      }).catch((error: unknown) => {
        // What is wrong with the switch is said by its own check.
        resolve([]);
        if (!(error instanceof SwitchClosed) && !(error instanceof MediaError)) throw error;
      });
    });
    return { recorded, taken: () => taken };
  });
  return {
    recorded: async () => (await Promise.all(lines.map(({ recorded }) => recorded))).flat(),
    packetsTaken: async (): Promise<number | undefined> => {
      const counts = lines.flatMap(({ taken }) => taken() ?? []);
      const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 2_000));
      const count = await Promise.race([...counts, late]);
      leave();
      return count;
    },
  };
}

const packetCount = 'variable_rtp_audio_in_media_packet_count';
const packetsIn = (text: string | undefined): number => Number(text ?? 0);

const channelsSchema = z.object({
  rows: z.array(z.object({ uuid: z.string(), created_epoch: z.string() })).default([]),
});
/** Its table of channels lags behind. */
const listedWithinMs = 2_000;
/** Ours is among the newest. */
const mostAsked = 30;

async function legOf(line: SwitchLine, callId: string): Promise<string | undefined> {
  let found: string | undefined;
  await within(listedWithinMs, async () => {
    const { rows } = channelsSchema.parse(parseJson(await line.api('show channels as json')) ?? {});
    const newest = rows.sort((a, b) => Number(b.created_epoch) - Number(a.created_epoch)).slice(0, mostAsked);
    for (const { uuid } of newest)
      if ((await line.api(`uuid_getvar ${uuid} sip_call_id`)).trim() === callId) found = uuid;
    return found !== undefined;
  });
  return found;
}

/** The switch writes a file where it writes recordings; it is to appear where recordings are read from. */
async function record(line: SwitchLine, leg: string, folder: string): Promise<Finding> {
  const file = path.join(folder, `doctor-${randomBytes(6).toString('hex')}.wav`);
  const started = await line.api(`uuid_record ${leg} start ${file}`);
  await new Promise((resolve) => setTimeout(resolve, recordedMs));
  await line.api(`uuid_record ${leg} stop ${file}`);
  const size = await sizeOf(file);
  rmSync(file, { force: true });
  if (size > 0) return well('recording.well', `A recording of the switch appears in ${folder}.`);
  if (!started.startsWith('+OK'))
    return wrong(
      'recording.refused',
      `The switch cannot record into ${folder} (${started.trim()}).`,
      'Give the user the switch runs as the right to write there; on another machine, share the folder under that path.',
    );
  return wrong(
    'recording.elsewhere',
    `The switch records into ${folder}, and nothing appears there for us.`,
    'Share that folder between the machines, at the same path on both.',
  );
}

async function sizeOf(file: string): Promise<number> {
  const size = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  await within(1_000, () => size() > 0);
  return size();
}

/** Looks again and again, for so long. @returns whether it came true */
async function within(ms: number, isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  const until = performance.now() + ms;
  for (;;) {
    if (await isSo()) return true;
    if (performance.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
