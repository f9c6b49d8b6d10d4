// Everybody's browser phones, by person.

import type { Core } from '../../engine/core.ts';
import { agentId } from '../../domain/ids.ts';
import type { AgentView, SessionView } from '../../domain/floor/view.ts';
import type { OpenLine, ResumeLine } from '../../ports/browser-lines.ts';
import { maskName, maskNumber } from '../../realtime/masking.ts';
import type { Known } from './client.ts';
import { MediaDesk, type Incoming } from './media-desk.ts';
import type { Person } from './person.ts';
import { callError } from './rpc.ts';

const conversing: ReadonlySet<AgentView['activity']> = new Set([
  'talking',
  'held',
  'consulting',
  'conferencing',
  'reconnecting',
] as const);

/** What a page says of itself at its log-in. */
export interface Page {
  readonly takesCalls: boolean;
  /** Absent: it does not say; then the floor knows what she is in, if she was called. */
  readonly calls?: readonly string[];
}

export interface MediaDesksOptions {
  readonly core: Core;
  /** Absent: there is no gateway, and nobody can be called on a page. */
  readonly openLine?: OpenLine;
  readonly resumeLine?: ResumeLine;
  readonly nextId: () => number;
  readonly graceMs?: number;
}

export class MediaDesks {
  readonly #options: MediaDesksOptions;
  readonly #desks = new Map<string, MediaDesk>();
  readonly #unsubscribe: () => void;

  constructor(options: MediaDesksOptions) {
    this.#options = options;
    this.#unsubscribe = options.core.subscribe((facts) => {
      for (const { fact } of facts) {
        if (fact.kind === 'agent.activity' && !conversing.has(fact.activity))
          this.#desks.get(fact.agentId)?.giveUp();
      }
    });
  }

  get size(): number {
    return this.#desks.size;
  }

  /** The phone this page is; undefined while it is none. */
  of(client: Known): MediaDesk | undefined {
    const desk = this.#desks.get(phoneName(client.person));
    return desk?.client === client ? desk : undefined;
  }

  /** This page is her phone from now on. @throws RpcError -32002, LineError */
  async register(client: Known): Promise<MediaDesk> {
    const { openLine } = this.#options;
    if (!openLine) throw callError('Media gateway unavailable');
    const name = phoneName(client.person);
    let desk = this.#desks.get(name);
    if (desk?.dialog && desk.client && desk.client !== client)
      throw callError('Cannot create channel', { cause: 'USER_BUSY', causeCode: 17 });
    desk ??= this.#newDesk(name, openLine);
    try {
      await desk.register(client);
    } catch (error) {
      desk.close();
      throw error;
    }
    return desk;
  }

  #newDesk(name: string, openLine: OpenLine): MediaDesk {
    const { core, nextId, graceMs = 15_000, resumeLine = async () => undefined } = this.#options;
    const desk: MediaDesk = new MediaDesk({
      name,
      openLine,
      resumeLine,
      nextId,
      graceMs,
      incoming: () => incomingFor(core, name),
      expected: () => inConversation(core, name),
      onIdle: () => {
        if (this.#desks.get(name) === desk) this.#desks.delete(name);
      },
    });
    this.#desks.set(name, desk);
    return desk;
  }

  /**
   * A log-in: under a session id that a phone of hers was left under, or after a restart of ours.
   * @param page what it says of itself: it is to be her phone; the calls it has
   * @returns its calls that go on
   */
  async comeBack(client: Known, before: Known | undefined, page: Page): Promise<readonly string[]> {
    const name = phoneName(client.person);
    const desk = this.#desks.get(name);
    if (!desk) return page.takesCalls ? this.#takeUp(client, name, page) : [];
    if ((desk.client !== undefined && desk.client !== before) || desk.sessid !== client.sessid) return [];
    desk.comeBack(client);
    return desk.standing;
  }

  /** The floor was restored; the line of a page that was in a call is still at the gateway, with the call on it. */
  async #takeUp(client: Known, name: string, { calls }: Page): Promise<readonly string[]> {
    const { core, openLine } = this.#options;
    const [callID] = calls ?? [callOnPage(core, name)];
    if (!openLine || callID === undefined) return [];
    const desk = this.#newDesk(name, openLine);
    if (await desk.takeUp(client, callID)) return desk.standing;
    desk.close();
    return [];
  }

  detach(client: Known): void {
    this.of(client)?.detach(client);
  }

  /** She leaves, and her calls with her. */
  leave(client: Known): void {
    this.of(client)?.close();
  }

  close(): void {
    this.#unsubscribe();
    for (const desk of [...this.#desks.values()]) desk.abandon();
  }
}

/** Agents' phones are named after their seats, supervisors' after their accounts (docs/wire-conventions.md). */
export const phoneName = ({ listener, username }: Person): string => listener.agentId ?? username;

/** The leg of hers that rings, with whoever calls, masked as she may see it. */
function incomingFor(core: Core, name: string): Incoming {
  const agent = core.view.agent(agentId(name));
  const session = agent?.sessionId === undefined ? undefined : core.view.session(agent.sessionId);
  const { customerName, customerNumber } = session ?? {};
  return {
    callID: (session && agent && legOf(session, agent)) ?? crypto.randomUUID(),
    name: customerName === undefined ? 'Cordboard' : maskName(customerName),
    number: customerNumber === undefined ? 'anonymous' : maskNumber(customerNumber),
  };
}

/** The call she is in with her page as her phone. */
function callOnPage(core: Core, name: string): string | undefined {
  const agent = core.view.agent(agentId(name));
  if (agent?.sessionId === undefined || agent.device?.kind !== 'browser') return undefined;
  const session = core.view.session(agent.sessionId);
  return session && inConversation(core, name) ? legOf(session, agent) : undefined;
}

/** Hers as the call's agent, or as the one who is asked. */
function legOf(session: SessionView, { agentId: id }: AgentView): string | undefined {
  if (session.agentId === id) return session.agentLeg;
  return session.third?.agentId === id ? session.third.legId : undefined;
}

function inConversation(core: Core, name: string): boolean {
  const activity = core.view.agent(agentId(name))?.activity;
  return activity !== undefined && conversing.has(activity);
}
