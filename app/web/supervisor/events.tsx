// What happened last, in the words of the floor; for whoever wants to know how something came about.

import { say } from '../shared/page.tsx';
import type { SupervisorModel } from './model.ts';

export const Events = ({ model }: { readonly model: SupervisorModel }) => (
  <details class="card tight">
    <summary>{say.supervisor.events}</summary>
    <ul class="events">
      {model.events.value.map((event) => (
        <li key={event.number} data-fact={event.kind}>
          <time>{new Date(event.at).toLocaleTimeString()}</time>
          {event.text}
        </li>
      ))}
    </ul>
  </details>
);
