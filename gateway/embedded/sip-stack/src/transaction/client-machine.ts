// Non-INVITE client transaction (RFC 3261 17.1.2).
//
//            start / send, set E F
//                    │
//              ┌─────▼────┐ E: send again, doubling up to T2
//              │  trying  ├─────────────┐
//              └─────┬────┘             │ F, transport error
//                1xx │                  ├──────────► terminated
//              ┌─────▼──────┐           │                 ▲
//              │ proceeding ├───────────┘                 │ K (0 when reliable)
//              └─────┬──────┘ E: send again every T2      │
//             final  │ (from trying too)            ┌─────┴─────┐
//                    └─────────────────────────────►│ completed │
//                                                   └───────────┘
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
  type Step,
  type Surroundings,
} from './machine.ts';

export type Client =
  /** `interval`: what timer E was set to last. */
  | { readonly at: 'trying'; readonly interval: number }
  | { readonly at: 'proceeding' }
  | { readonly at: 'completed' }
  | { readonly at: 'terminated' };

export type ClientInput = '1xx' | 'final' | 'E' | 'F' | 'K' | 'failed';

export function startClient({ timers, reliable }: Surroundings): Step<Client> {
  const effects = [transmit, set('F', life(timers)), ...(reliable ? [] : [set('E', timers.t1)])];
  return go<Client>({ at: 'trying', interval: timers.t1 }, ...effects);
}

/** The machine of RFC 3261 figure 6: one input, the next state, and what is to be done. */
export function stepClient(state: Client, input: ClientInput, around: Surroundings): Step<Client> {
  switch (state.at) {
    case 'trying':
    case 'proceeding':
      return stepOpen(state, input, around);
    case 'completed':
      return input === 'K' ? go(TERMINATED) : stay<Client>(state);
    case 'terminated':
      return stay<Client>(state);
  }
}

function stepOpen(
  state: Client & { at: 'trying' | 'proceeding' },
  input: ClientInput,
  { timers, reliable }: Surroundings,
): Step<Client> {
  switch (input) {
    case 'E': {
      const interval = state.at === 'trying' ? Math.min(state.interval * 2, timers.t2) : timers.t2;
      const next: Client = state.at === 'trying' ? { at: 'trying', interval } : state;
      return go(next, transmit, set('E', interval));
    }
    case '1xx':
      // 17.1.2.2: in proceeding the request is repeated every T2, counted from the running E.
      return go<Client>({ at: 'proceeding' }, pass);
    case 'final':
      return reliable
        ? go<Client>(TERMINATED, pass)
        : go<Client>({ at: 'completed' }, clear('E'), clear('F'), set('K', timers.t4), pass);
    case 'F':
      return go(TERMINATED, timedOut);
    case 'failed':
      return go(TERMINATED, failed);
    case 'K':
      return stay<Client>(state);
  }
}
