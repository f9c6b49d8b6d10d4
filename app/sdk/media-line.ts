// A browser's voice line, as the rest of the package sees it: no word of Janus here. janus-media.ts is the one implementation.

/** What a line reports, in the order it happened. */
export type LineEvent =
  | { readonly kind: 'registered' }
  | { readonly kind: 'registrationFailed'; readonly code: number }
  /** The far side rings. */
  | { readonly kind: 'ringing' }
  /** A call comes in: answer() or decline(). */
  | { readonly kind: 'incoming' }
  /** Signalling says the call stands. */
  | { readonly kind: 'answered' }
  /** Sound can flow, or can no longer. */
  | { readonly kind: 'media'; readonly up: boolean }
  /** The call is over; SIP status of its end when there is one. */
  | { readonly kind: 'ended'; readonly code: number | undefined }
  /** What was asked could not be done. */
  | { readonly kind: 'failed'; readonly what: string }
  /** The signalling connection broke; reconnect() may bring the line back with its call. */
  | { readonly kind: 'lost'; readonly why: LostLine };

/** `gap`: try again. `superseded`: another page of the same person took over. `dismissed`: the server ended it. */
export type LostLine = 'gap' | 'superseded' | 'dismissed';

export interface LineOptions {
  /** `wss://host/janus` */
  readonly url: string;
  /** Asked at every connection, so that a renewed token is used. */
  readonly token: () => string;
  /** Where the voice comes from. */
  readonly microphone: Microphone;
  readonly iceServers?: readonly RTCIceServer[];
  readonly onEvent: (event: LineEvent) => void;
}

/** A finished track (a test's tone, a mixer's output), or what to ask the browser for. */
export type Microphone = MediaStreamTrack | MediaTrackConstraints | boolean;

export interface MediaLine {
  /** Says who we are to the telephone side; needed before call() and before calls come in. */
  register(): void;
  /** Calls where the token leads. @throws CordboardProblem when the microphone or the description fails */
  call(): Promise<void>;
  /** Takes the call that came in. @throws CordboardProblem */
  answer(): Promise<void>;
  decline(): void;
  hangUp(): void;
  setMuted(muted: boolean): void;
  /** Speaks through another microphone from now on, in the call there is too; the one before belongs to whoever handed it in. */
  useMicrophone(track: MediaStreamTrack): Promise<void>;
  /** Sends a key (0-9 * # A-D) as RFC 4733 telephone-event. */
  press(key: string): void;
  /** Claims the session again over a new connection; the call goes on. @throws CordboardProblem `session_gone` or `unreachable` */
  reconnect(): Promise<void>;
  /** True while the peer connection lives. */
  readonly mediaAlive: boolean;
  /** The far side's sound; attach it to an audio element. One stream for the life of the line. */
  readonly remote: MediaStream;
  /** What is sent, once there is a call. */
  readonly localTrack: MediaStreamTrack | undefined;
  /** Ends the call and the session. */
  close(): void;
}

export type OpenLine = (options: LineOptions) => Promise<MediaLine>;
