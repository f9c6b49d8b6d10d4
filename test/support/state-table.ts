// A machine's table as text, to be read in a test's inline snapshot: one block per event, what becomes of which states, and (in brackets)
// of all the others.

type Named<T> = Readonly<Record<string, T>>;

/** @param cell what the event does to the state, in a word or two */
export function stateTable<State, Event>(
  events: Named<Event>,
  states: Named<State>,
  cell: (state: State, event: Event) => string,
): string {
  return Object.entries(events)
    .map(([event, value]) => block(event, states, (state) => cell(state, value)))
    .join('\n');
}

function block<State>(event: string, states: Named<State>, cell: (state: State) => string): string {
  const groups = new Map<string, string[]>();
  for (const [name, state] of Object.entries(states)) {
    const becomes = cell(state);
    groups.set(becomes, [...(groups.get(becomes) ?? []), name]);
  }
  const [usual] = [...groups].toSorted(([, a], [, b]) => b.length - a.length)[0] ?? [];
  const lines = [...groups]
    .filter(([becomes]) => becomes !== usual)
    .map(([becomes, names]) => `  ${names.join(', ')}: ${becomes}`);
  return [`${event}  (${usual ?? ''})`, ...lines].join('\n');
}
