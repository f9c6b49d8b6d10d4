// The callcenter's verbs on a Verto connection: one JSON-RPC method each. In the source's style they take ok and fail functions; they
// return a promise as well.

import { told, type Fail, type Ok } from './callbacks.ts';
import type { AgentStateName, AgentState, CallState, QueueStats } from './events.ts';
import type { Params } from './frames.ts';
import type { Verto } from './verto.ts';

export interface CallcenterAgent {
  readonly queue: string;
  readonly agent: string;
  readonly extn: string;
  readonly state: AgentStateName;
  readonly reason?: string;
  /** ISO 8601. */
  readonly since: string;
  /** Asked for during a call, applied at its end. */
  readonly next?: 'READY' | 'UNREADY' | 'REST' | 'LOGGED_OUT';
  readonly callID?: string;
  readonly reachable?: boolean;
}

export interface CallcenterResult {
  readonly code: number;
  readonly message: string;
  readonly agent?: CallcenterAgent;
  /** Of a call that this verb began. */
  readonly callID?: string;
  readonly [more: string]: unknown;
}

export interface CallcenterStatus {
  readonly agents: readonly AgentState[];
  readonly queues: readonly QueueStats[];
  readonly calls: readonly CallState[];
}

/** A number, an agent's or a queue's name; or which of the three it is. */
export type Destination =
  string | { readonly agent: string } | { readonly queue: string } | { readonly number: string };

export type RecordingWish = 'start' | 'stop' | 'pause' | 'resume';

export interface Sound {
  readonly soundId: string;
  /** Over the conversation (the default), or instead of it. */
  readonly mix?: boolean;
  /** -4 to 4. */
  readonly volume?: number;
  readonly times?: number;
}

type Result = Promise<CallcenterResult>;
type OkResult = Ok<CallcenterResult>;
type Told = NonNullable<OkResult>;

/** Codes of a VertoError of these verbs. docs/faces/verto.md of Cordboard says when each comes. */
export const callcenterCodes = Object.freeze({
  badRequest: 400,
  notSignedIn: 401,
  forbidden: 403,
  notFound: 404,
  wrongState: 409,
  extensionNotRegistered: 480,
  busy: 486,
  notAvailable: 501,
  tryAgain: 503,
});

export class VertoCallcenter {
  readonly verto: Verto;
  #group = 'default';

  constructor(verto: Verto) {
    this.verto = verto;
  }

  get group(): string {
    return this.#group;
  }
  setGroup(group: string): void {
    this.#group = group;
  }

  /** Signs the agent in. @param extn the agent's phone; `browser-<agent>` for calls in this page */
  ccLogin(queue: string, agent: string, extn: string, ok?: OkResult, fail?: Fail): Result {
    const signedIn = this.verto.call('cc.login', { group: this.#group, queue, agent, extn }) as Result;
    // Her phone is this page, on the connections to come as well.
    if (extn === `browser-${agent}`)
      signedIn.then(
        () => this.verto.takesCalls(),
        () => undefined,
      );
    return this.#told(signedIn, ok, fail);
  }
  ccLogout(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.logout', { queue, agent }, ok, fail);
  }

  /** READY: takes calls. */
  ccGoReady(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.ready', { queue, agent }, ok, fail);
  }
  /** UNREADY. @param reason free text that goes into statistics; usual: `DND`, `BRB`. May be left out. */
  ccGoBreak(queue: string, agent: string, reason?: string | null, ok?: OkResult, fail?: Fail): Result;
  ccGoBreak(queue: string, agent: string, ok: Told, fail?: Fail): Result;
  ccGoBreak(queue: string, agent: string, ...rest: Rest<string | null>): Result {
    const { value, ok, fail } = sorted(rest);
    return this.#do('cc.break', { queue, agent, ...reasonOf(value) }, ok, fail);
  }
  /** REST: told apart from a break. */
  ccGoRest(queue: string, agent: string, reason?: string | null, ok?: OkResult, fail?: Fail): Result;
  ccGoRest(queue: string, agent: string, ok: Told, fail?: Fail): Result;
  ccGoRest(queue: string, agent: string, ...rest: Rest<string | null>): Result {
    const { value, ok, fail } = sorted(rest);
    return this.#do('cc.rest', { queue, agent, ...reasonOf(value) }, ok, fail);
  }
  /** Ends wrap-up before its time. */
  ccWrapUp(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.wrapup', { queue, agent }, ok, fail);
  }

  /**
   * Callback dial: the agent's phone rings first; the destination is called when she has answered. Progress comes as `dial-progress`.
   * @param earlyMedia the agent hears the destination's own ring-back; false by default, and may be left out
   */
  ccDial(
    agent: string,
    extn: string,
    cidNumber: string,
    destNumber: string,
    earlyMedia?: boolean,
    ok?: OkResult,
    fail?: Fail,
  ): Result;
  ccDial(agent: string, extn: string, cidNumber: string, destNumber: string, ok: Told, fail?: Fail): Result;
  ccDial(agent: string, extn: string, cidNumber: string, destNumber: string, ...rest: Rest<boolean>): Result {
    const { value, ok, fail } = sorted(rest);
    const earlyMedia = value === true;
    return this.#do('cc.dial', { agent, extn, cidNumber, destNumber, earlyMedia }, ok, fail);
  }

  ccAnswer(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.answer', { queue, agent }, ok, fail);
  }
  ccDecline(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.decline', { queue, agent }, ok, fail);
  }
  ccHold(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.hold', { queue, agent }, ok, fail);
  }
  ccUnHold(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.unhold', { queue, agent }, ok, fail);
  }
  ccHangup(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.hangup', { queue, agent }, ok, fail);
  }
  ccMute(queue: string, agent: string, muted: boolean, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.mute', { queue, agent, muted }, ok, fail);
  }
  /** @param digits 0-9 A-D * # */
  ccDtmf(queue: string, agent: string, digits: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.dtmf', { queue, agent, digits }, ok, fail);
  }

  /** Blind transfer. */
  ccTransfer(queue: string, agent: string, to: Destination, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.transfer', { queue, agent, ...destination(to) }, ok, fail);
  }
  /** Calls a third party while the customer hears music. */
  ccConsult(queue: string, agent: string, to: Destination, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.consult', { queue, agent, ...destination(to) }, ok, fail);
  }
  /** The consulted party takes the customer; the agent leaves. */
  ccCompleteTransfer(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.completeTransfer', { queue, agent }, ok, fail);
  }
  /** Lets the consulted party go; back to the customer. */
  ccCancelConsult(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.cancelConsult', { queue, agent }, ok, fail);
  }
  /** From the customer to the consulted party, or back. */
  ccToggle(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.toggle', { queue, agent }, ok, fail);
  }
  /** Joins all three. */
  ccConference(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.conference', { queue, agent }, ok, fail);
  }
  ccDropParty(queue: string, agent: string, party: 'customer' | 'third', ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.dropParty', { queue, agent, party }, ok, fail);
  }

  /** Leaves the customer in a slot, with music; the event `call-parked` says which. */
  ccPark(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.park', { queue, agent }, ok, fail);
  }
  /** Takes whoever is parked there. */
  ccPickUp(queue: string, agent: string, slot: number, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.pickup', { queue, agent, slot }, ok, fail);
  }
  ccRecording(queue: string, agent: string, wish: RecordingWish, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.recording', { queue, agent, wish }, ok, fail);
  }
  /** Plays a sound of the server's into the call. */
  ccPlay(queue: string, agent: string, sound: Sound, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.play', { queue, agent, ...sound }, ok, fail);
  }
  ccStopPlaying(queue: string, agent: string, ok?: OkResult, fail?: Fail): Result {
    return this.#do('cc.stopPlaying', { queue, agent }, ok, fail);
  }

  /** How things stand, as far as this person may see it. */
  async ccStatus(
    where: { readonly queue?: string; readonly agent?: string } = {},
  ): Promise<CallcenterStatus> {
    return (await this.verto.call('cc.status', { group: this.#group, ...where })) as CallcenterStatus;
  }

  /** Any other verb of the server. */
  cc(method: `cc.${string}`, params: Params, ok?: OkResult, fail?: Fail): Result {
    return this.#do(method, params, ok, fail);
  }

  #do(method: string, params: Params, ok: OkResult, fail: Fail): Result {
    return this.#told(this.verto.call(method, { group: this.#group, ...params }) as Result, ok, fail);
  }

  #told(outcome: Result, ok: OkResult, fail: Fail): Result {
    return told(outcome, ok, fail, (error) => this.verto.report(error));
  }
}

/** A value that may be left out, then the functions. */
type Rest<Value> = (Value | Told | NonNullable<Fail> | undefined)[];

function sorted<Value>(rest: Rest<Value>): { value: Value | undefined; ok: OkResult; fail: Fail } {
  const [first] = rest;
  const [ok, fail] = typeof first === 'function' ? rest : rest.slice(1);
  return {
    value: typeof first === 'function' ? undefined : first,
    ok: ok as OkResult,
    fail: fail as Fail,
  };
}

const reasonOf = (reason: string | null | undefined): Params => (reason ? { reason } : {});

const destination = (to: Destination): Params => (typeof to === 'string' ? { destNumber: to } : { to });
