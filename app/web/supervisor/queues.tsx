// One tile for each queue: the line with its waiting times, who is there for it, and how the day goes. Its name narrows the page to it.

import type { QueueFigures } from '@cordboard/sdk';
import { Elapsed, dayAndTime, now, say } from '../shared/page.tsx';
import type { BoardQueue, BoardSession, SupervisorModel } from './model.ts';
import { lineOf, sinceOf, waitTag } from './view.ts';

export const Queues = ({ model }: { readonly model: SupervisorModel }) => (
  <section class="tiles" aria-label={say.supervisor.queues}>
    {model.queues.value.map((queue) => (
      <QueueTile key={queue.queueId} queue={queue} model={model} />
    ))}
  </section>
);

const shownInLine = 4;

function QueueTile({ queue, model }: { readonly queue: BoardQueue; readonly model: SupervisorModel }) {
  const { queueId, waiting, agents } = queue;
  const chosen = model.queue.value === queueId;
  const nobody = waiting > 0 && agents.ready + agents.busy === 0;
  return (
    <article class={nobody ? 'card tight troubled' : 'card tight'} data-queue={queueId}>
      <div class="row spread">
        <h3>
          <button
            class="slim name"
            aria-pressed={chosen}
            title={say.supervisor.onlyThis}
            onClick={() => (model.queue.value = chosen ? undefined : queueId)}
          >
            {queueId}
          </button>
        </h3>
        {!queue.open && (
          <span class="tag off">
            {queue.opensAt === undefined
              ? say.supervisor.closed
              : say.supervisor.opens(dayAndTime(queue.opensAt))}
          </span>
        )}
        {nobody && <span class="tag bad">{say.supervisor.nobodyThere}</span>}
      </div>
      <div class="figures">
        <Figure name={say.supervisor.waiting} figure="waiting" value={waiting} />
        <div>
          <strong>{queue.longestSince === undefined ? '–' : <Elapsed since={queue.longestSince} />}</strong>
          <span>{say.supervisor.longest}</span>
        </div>
        <div>
          <strong data-figure="estimate">
            {queue.estimate ? say.supervisor.minutes(queue.estimate) : '–'}
          </strong>
          <span>{say.supervisor.estimate}</span>
        </div>
        <Today level={model.figures.value.get(queueId)?.serviceLevel ?? null} />
      </div>
      <Line line={lineOf(queueId, model.sessions.value)} />
      <p class="small quiet">
        {agents.ready} {say.supervisor.ready} · {agents.busy} {say.supervisor.busy} · {agents.onBreak}{' '}
        {say.supervisor.onBreak}
      </p>
    </article>
  );
}

const Figure = ({
  name,
  figure,
  value,
}: {
  readonly name: string;
  readonly figure: string;
  readonly value: number;
}) => (
  <div>
    <strong data-figure={figure}>{value}</strong>
    <span>{name}</span>
  </div>
);

const Today = ({ level }: { readonly level: QueueFigures['serviceLevel'] }) => (
  <div title={say.supervisor.serviceLevelMeans}>
    <strong data-figure="service-level">{level === null ? '–' : `${Math.round(level * 100)}%`}</strong>
    <span>{say.supervisor.serviceLevel}</span>
  </div>
);

/** A row of waiting times, the next one first; there also when it is empty, so that nothing moves when somebody comes. */
const Line = ({ line }: { readonly line: readonly BoardSession[] }) => (
  <ol class="line" aria-label={say.supervisor.line}>
    {line.slice(0, shownInLine).map((session) => (
      <li key={session.sessionId} class={`tag ${waitTag(now.value - sinceOf(session))}`}>
        <Elapsed since={sinceOf(session)} />
      </li>
    ))}
    {line.length > shownInLine && <li class="quiet">+{line.length - shownInLine}</li>}
    {line.length === 0 && <li class="quiet small">{say.supervisor.nobodyWaits}</li>}
  </ol>
);
