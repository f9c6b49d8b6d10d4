// What is told about recordings to the log and the counters.

export type RecordingEvent =
  | { readonly kind: 'recording.linked'; readonly recordingId: string; readonly by: string }
  | {
      readonly kind: 'recording.fetched';
      readonly recordingId: string;
      readonly by: string;
      readonly range: string | undefined;
    }
  | { readonly kind: 'recording.refused'; readonly why: FetchRefusal }
  | {
      readonly kind: 'recording.held' | 'recording.released';
      readonly recordingId: string;
      readonly by: string;
      readonly reason: string;
    }
  | { readonly kind: 'recording.deleted'; readonly recordingId: string; readonly why: string }
  /** It could not be removed. Told once for each file. */
  | { readonly kind: 'recording.stuck'; readonly recordingId: string; readonly error: unknown }
  /** A look at all that is due has ended. */
  | { readonly kind: 'retention.done'; readonly deleted: number; readonly stuck: number }
  | { readonly kind: 'retention.failed'; readonly error: unknown }
  | {
      readonly kind: 'retention.set';
      readonly queueId: string;
      readonly days: number | null;
      readonly by: string;
    };

/** Why a link gave no sound. Whoever asked is told none of it. */
export type FetchRefusal = 'bad_link' | 'not_allowed' | 'no_recording' | 'no_file';

export type RecordingListener = (event: RecordingEvent) => void;
