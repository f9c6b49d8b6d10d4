// INVITE server transaction (RFC 3261 17.2.1 as changed by RFC 6026 8.5, 8.7).
//
//                   start / set T (100 is due)
//                    │
//              ┌─────▼──────┐ INVITE again: last 1xx again
//        2xx ┌─┤ proceeding ├─┐ 300–699: set G H
//            │ └────────────┘ │
//     ┌──────▼───┐      ┌─────▼─────┐ G: send again, doubling up to T2; INVITE again: send again
//     │ accepted │      │ completed ├── H: nobody acknowledged ──► terminated
//     └──────┬───┘      └─────┬─────┘
//   2xx of   │            ACK │
//   the user │          ┌─────▼─────┐
//   go out   │          │ confirmed │ absorbs repeated ACKs
//          L └──► terminated ◄──┘ I (0 when reliable)
import {
  TERMINATED,
  clear,
  failed,
  go,
  life,
  pass,
  set,
  stay,
  timedOut,
  transmit,
  trying,
  type Step,
  type Surroundings,
} from './machine.ts';

export type InviteServer =
  /** `answered`: a provisional was sent, so there is something to repeat. */
  | { readonly at: 'proceeding'; readonly answered: boolean }
  | { readonly at: 'accepted' }
  /** `interval`: what timer G was set to last. */
  | { readonly at: 'completed'; readonly interval: number }
  | { readonly at: 'confirmed' }
  | { readonly at: 'terminated' };

export type InviteServerInput =
  'INVITE' | 'ACK' | 'send 1xx' | 'send 2xx' | 'send 300-699' | 'G' | 'H' | 'I' | 'L' | 'T' | 'failed';

/** @param tryingAfter ms until 100 is sent unless the user sent something; null: never; 0: at once */
export function startInviteServer(tryingAfter: number | null): Step<InviteServer> {
  if (tryingAfter === 0) return go<InviteServer>({ at: 'proceeding', answered: true }, trying);
  return go<InviteServer>(
    { at: 'proceeding', answered: false },
    ...(tryingAfter === null ? [] : [set('T', tryingAfter)]),
  );
}

/** The machine of RFC 3261 figure 7, with the Accepted state of RFC 6026: one input, the next state, and what is to be done. */
export function stepInviteServer(
  state: InviteServer,
  input: InviteServerInput,
  around: Surroundings,
): Step<InviteServer> {
  switch (state.at) {
    case 'proceeding':
      return stepProceeding(state, input, around);
    case 'accepted':
      // RFC 6026 8.7: the INVITE's repeats end here, the user repeats its 2xx, the ACK is the user's.
      if (input === 'send 2xx') return stay<InviteServer>(state, transmit);
      if (input === 'ACK') return stay<InviteServer>(state, pass);
      if (input === 'failed') return stay<InviteServer>(state, failed);
      return input === 'L' ? go(TERMINATED) : stay<InviteServer>(state);
    case 'completed':
      return stepCompleted(state, input, around);
    case 'confirmed':
      return input === 'I' ? go(TERMINATED) : stay<InviteServer>(state);
    case 'terminated':
      return stay<InviteServer>(state);
  }
}

function stepProceeding(
  state: InviteServer & { at: 'proceeding' },
  input: InviteServerInput,
  { timers, reliable }: Surroundings,
): Step<InviteServer> {
  switch (input) {
    case 'INVITE':
      return stay<InviteServer>(state, ...(state.answered ? [transmit] : []));
    case 'T':
      return state.answered
        ? stay<InviteServer>(state)
        : go<InviteServer>({ at: 'proceeding', answered: true }, trying);
    case 'send 1xx':
      return go<InviteServer>({ at: 'proceeding', answered: true }, clear('T'), transmit);
    case 'send 2xx':
      return go<InviteServer>({ at: 'accepted' }, clear('T'), set('L', life(timers)), transmit);
    case 'send 300-699':
      return go<InviteServer>(
        { at: 'completed', interval: timers.t1 },
        clear('T'),
        ...(reliable ? [] : [set('G', timers.t1)]),
        set('H', life(timers)),
        transmit,
      );
    case 'failed':
      return go(TERMINATED, failed);
    case 'ACK':
    case 'G':
    case 'H':
    case 'I':
    case 'L':
      return stay<InviteServer>(state);
  }
}

function stepCompleted(
  state: InviteServer & { at: 'completed' },
  input: InviteServerInput,
  { timers, reliable }: Surroundings,
): Step<InviteServer> {
  switch (input) {
    case 'INVITE':
      return stay<InviteServer>(state, transmit);
    case 'G': {
      const interval = Math.min(state.interval * 2, timers.t2);
      return go<InviteServer>({ at: 'completed', interval }, transmit, set('G', interval));
    }
    case 'H':
      return go(TERMINATED, timedOut);
    case 'ACK':
      return reliable
        ? go(TERMINATED, pass)
        : go<InviteServer>({ at: 'confirmed' }, clear('G'), clear('H'), set('I', timers.t4), pass);
    case 'failed':
      return go(TERMINATED, failed);
    case 'send 1xx':
    case 'send 2xx':
    case 'send 300-699':
    case 'I':
    case 'L':
    case 'T':
      return stay<InviteServer>(state);
  }
}
