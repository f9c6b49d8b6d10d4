// Non-INVITE server transaction (RFC 3261 17.2.2).
//
//     start ──► ┌────────┐ 1xx  ┌────────────┐ final  ┌───────────┐ J (0 when reliable)
//               │ trying ├─────►│ proceeding ├───────►│ completed ├──────────► terminated
//               └───┬────┘      └────────────┘        └───────────┘
//                   └──────── final ────────────────────► ▲
//     request again:  ignored      1xx again              final again
import {
  TERMINATED,
  failed,
  go,
  life,
  set,
  stay,
  transmit,
  type Step,
  type Surroundings,
} from './machine.ts';

export type Server =
  | { readonly at: 'trying' }
  | { readonly at: 'proceeding' }
  | { readonly at: 'completed' }
  | { readonly at: 'terminated' };

export type ServerInput = 'request' | 'send 1xx' | 'send final' | 'J' | 'failed';

export function startServer(): Step<Server> {
  return go<Server>({ at: 'trying' });
}

export function stepServer(
  state: Server,
  input: ServerInput,
  { timers, reliable }: Surroundings,
): Step<Server> {
  switch (state.at) {
    case 'trying':
    case 'proceeding':
      return stepOpen(state, input, { timers, reliable });
    case 'completed':
      if (input === 'request') return stay<Server>(state, transmit);
      if (input === 'failed') return go(TERMINATED, failed);
      return input === 'J' ? go(TERMINATED) : stay<Server>(state);
    case 'terminated':
      return stay<Server>(state);
  }
}

function stepOpen(
  state: Server & { at: 'trying' | 'proceeding' },
  input: ServerInput,
  { timers, reliable }: Surroundings,
): Step<Server> {
  switch (input) {
    case 'request':
      return stay<Server>(state, ...(state.at === 'proceeding' ? [transmit] : []));
    case 'send 1xx':
      return go<Server>({ at: 'proceeding' }, transmit);
    case 'send final':
      return reliable
        ? go<Server>(TERMINATED, transmit)
        : go<Server>({ at: 'completed' }, set('J', life(timers)), transmit);
    case 'failed':
      return go(TERMINATED, failed);
    case 'J':
      return stay<Server>(state);
  }
}
