// INVITE client transaction (RFC 3261 17.1.1 as changed by RFC 6026 8.4).
//
//            start / send, set A B
//                    │
//              ┌─────▼────┐ A: send again, doubling
//     1xx ┌────┤ calling  ├──┐ 300–699: ACK, set D      B, transport error
//         │    └────┬─────┘  │                           ─────────► terminated
//   ┌─────▼─────┐   │ 2xx    │
//   │ proceeding├───┼────────┤  (X after CANCEL ─► terminated)
//   └─────┬─────┘   │        │
//     2xx │   ┌─────▼────┐ ┌─▼─────────┐ 300–699: ACK again
//         └──►│ accepted │ │ completed │
//             └─────┬────┘ └─────┬─────┘
//                 M └──► terminated ◄──┘ D
import {
  TERMINATED,
  acknowledge,
  clear,
  failed,
  go,
  life,
  pass,
  set,
  stay,
  timedOut,
  transmit,
  type Step,
  type Surroundings,
} from './machine.ts';

export type InviteClient =
  /** `interval`: what timer A was set to last. */
  | { readonly at: 'calling'; readonly interval: number }
  | { readonly at: 'proceeding' }
  | { readonly at: 'accepted' }
  | { readonly at: 'completed' }
  | { readonly at: 'terminated' };

export type InviteClientInput =
  '1xx' | '2xx' | '300-699' | 'A' | 'B' | 'D' | 'M' | 'X' | 'cancelSent' | 'failed';

export function startInviteClient({ timers, reliable }: Surroundings): Step<InviteClient> {
  const calling = { at: 'calling', interval: timers.t1 } as const;
  const effects = [transmit, set('B', life(timers))];
  return go<InviteClient>(calling, ...effects, ...(reliable ? [] : [set('A', timers.t1)]));
}

export function stepInviteClient(
  state: InviteClient,
  input: InviteClientInput,
  around: Surroundings,
): Step<InviteClient> {
  switch (state.at) {
    case 'calling':
      return stepCalling(state, input, around);
    case 'proceeding':
      return stepProceeding(state, input, around);
    case 'accepted':
      // RFC 6026 8.4: every 2xx, repeated or of another fork, goes up; the user acknowledges.
      if (input === '2xx') return stay<InviteClient>(state, pass);
      return input === 'M' ? go(TERMINATED) : stay<InviteClient>(state);
    case 'completed':
      // 17.1.1.2: the ACK is sent again for every repeated final; the user is not told twice.
      if (input === '300-699') return stay<InviteClient>(state, acknowledge);
      return input === 'D' || input === 'failed' ? go(TERMINATED) : stay<InviteClient>(state);
    case 'terminated':
      return stay<InviteClient>(state);
  }
}

function stepCalling(
  state: InviteClient & { at: 'calling' },
  input: InviteClientInput,
  around: Surroundings,
): Step<InviteClient> {
  switch (input) {
    case 'A': {
      const interval = state.interval * 2;
      return go<InviteClient>({ at: 'calling', interval }, transmit, set('A', interval));
    }
    case 'B':
      return go(TERMINATED, timedOut);
    case '1xx':
      return go({ at: 'proceeding' }, clear('A'), clear('B'), pass);
    default:
      return stepProceeding(state, input, around);
  }
}

function stepProceeding(
  state: InviteClient,
  input: InviteClientInput,
  around: Surroundings,
): Step<InviteClient> {
  switch (input) {
    case '1xx':
      return stay(state, pass);
    case '2xx':
      return go({ at: 'accepted' }, clear('A'), clear('B'), clear('X'), set('M', life(around.timers)), pass);
    case '300-699':
      // 17.1.1.2: D is zero on reliable transports, where nothing can be repeated.
      return around.reliable
        ? go(TERMINATED, acknowledge, pass)
        : go(
            { at: 'completed' },
            clear('A'),
            clear('B'),
            clear('X'),
            set('D', around.timers.d),
            acknowledge,
            pass,
          );
    case 'cancelSent':
      // 9.1: a UAS that knows no CANCEL may never answer; wait no longer than 64*T1.
      return stay(state, set('X', life(around.timers)));
    case 'X':
      return go(TERMINATED, timedOut);
    case 'failed':
      return go(TERMINATED, failed);
    case 'A':
    case 'B':
    case 'D':
    case 'M':
      return stay(state);
  }
}
