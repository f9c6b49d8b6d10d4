// What hangs on one leg's sound: recordings, mutes, displacements, eavesdroppers. FreeSWITCH's word for it is media bug, and
// the order below is FreeSWITCH's, as it decides who hears and what a recording holds.
//
//   from the phone:  every bug replaces (in the order attached) → every bug taps → the room, the recordings, the eavesdropper
//   to the phone:    bug by bug: it taps, then it replaces → the next bug → the phone

/** One attachment; each method is called once per tick, with a frame it may (replace) or may not (tap) write to. */
export interface MediaBug {
  /** Changes what the peer said, before anybody hears it. */
  replaceRead?(frame: Int16Array): void;
  /** Takes what the peer said, after every replacement. */
  tapRead?(frame: Readonly<Int16Array>): void;
  /** Takes what goes to the peer, before this bug and those attached after it replace it. Not called while nothing is sent. */
  tapWrite?(frame: Readonly<Int16Array>): void;
  /** Changes what goes to the peer. Not called while nothing is sent. */
  replaceWrite?(frame: Int16Array): void;
  /** The tick is over. */
  endTick?(): void;
  /** So many frames had no tick. */
  skip?(frames: number): void;
  /** The leg is gone or the bug was taken off; nothing follows. */
  close?(): void;
}
