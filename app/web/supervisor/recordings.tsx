// What was recorded of a call: listening, its pauses, what keeps it and when it goes.

import type { Recording } from '@cordboard/sdk';
import { clockTime, say } from '../shared/page.tsx';
import type { Playing, RecordingsModel } from './recordings-model.ts';

const day = (instant: number): string => new Date(instant).toLocaleDateString();

export const CallRecordings = ({ model }: { readonly model: RecordingsModel }) => (
  <div class="stack" data-recordings={model.opened.value}>
    {model.list.value.map((recording) => (
      <One key={recording.recordingId} recording={recording} model={model} />
    ))}
  </div>
);

function One({ recording, model }: { readonly recording: Recording; readonly model: RecordingsModel }) {
  const { recordingId = '', startedAt, durationMs, kind, deletedAt } = recording;
  const playing = model.playing.value?.recordingId === recordingId ? model.playing.value : undefined;
  return (
    <div class="panel" data-recording={recordingId}>
      <div class="row spread">
        <span>
          {kind === 'message' && <span class="tag busy">{say.recordings.message}</span>}{' '}
          {new Date(startedAt).toLocaleString()} {durationMs !== null && clockTime(durationMs)}
        </span>
        {deletedAt === null && !playing && (
          <button class="slim" onClick={() => void model.play(recordingId)}>
            {say.recordings.play}
          </button>
        )}
      </div>
      {playing && <Player playing={playing} model={model} />}
      <Pauses recording={recording} />
      <Keeping recording={recording} model={model} />
    </div>
  );
}

const Player = ({ playing, model }: { readonly playing: Playing; readonly model: RecordingsModel }) => (
  <audio
    controls
    autoplay
    src={playing.url}
    onLoadedMetadata={({ currentTarget }) => {
      if (playing.from > 0) currentTarget.currentTime = playing.from;
    }}
    onError={({ currentTarget }) => void model.stuck(currentTarget.currentTime)}
  />
);

function Pauses({ recording: { pauses, startedAt } }: { readonly recording: Recording }) {
  if (pauses.length === 0) return null;
  const spans = pauses.map(({ from, to }) => {
    const end = to === null ? say.recordings.toTheEnd : clockTime(to - startedAt);
    return `${clockTime(from - startedAt)}–${end}`;
  });
  return (
    <p class="small quiet" data-pauses={pauses.length}>
      {say.recordings.pauses} {spans.join(', ')}
    </p>
  );
}

function Keeping({ recording, model }: { readonly recording: Recording; readonly model: RecordingsModel }) {
  const { recordingId = '', hold, deletesAt, deletedAt } = recording;
  if (typeof deletedAt === 'number')
    return (
      <p class="small quiet">
        {say.recordings.deleted} {day(deletedAt)}
      </p>
    );
  return (
    <div class="row spread">
      <p class="small quiet">
        {hold ? (
          <span class="tag warn" data-held>
            {say.recordings.held} {hold.by}, {day(hold.at)}: {hold.reason}
          </span>
        ) : (
          <span data-deletes>
            {deletesAt ? `${say.recordings.deletes} ${day(deletesAt)}` : say.recordings.forEver}
          </span>
        )}
      </p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          const reason = new FormData(event.currentTarget).get('reason');
          event.currentTarget.reset();
          if (typeof reason === 'string') void model.keep(recordingId, hold ? 'release' : 'hold', reason);
        }}
      >
        <input
          name="reason"
          required
          maxLength={200}
          aria-label={say.recordings.reason}
          placeholder={say.recordings.reason}
        />
        <button class="slim">{hold ? say.recordings.release : say.recordings.hold}</button>
      </form>
    </div>
  );
}
