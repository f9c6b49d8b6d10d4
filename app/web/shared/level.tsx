// How loud a microphone is right now: the quickest answer to *does it hear me?*

import { useEffect, useRef } from 'preact/hooks';
import { LevelMeter } from '@cordboard/sdk';
import { say } from './page.tsx';

const everyMs = 100;
/** A voice at arm's length is a tenth of full scale. */
const gain = 5;

interface LevelProps {
  /** Asked again and again: a call brings its own, and she may take another. */
  readonly source: () => MediaStreamTrack | undefined;
}

export function Level({ source }: LevelProps) {
  const bar = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    let meter: LevelMeter | undefined;
    let measured: MediaStreamTrack | undefined;
    const look = (): void => {
      const track = source();
      if (track !== measured) {
        meter?.close();
        meter = track && new LevelMeter(track);
        measured = track;
      }
      if (bar.current) bar.current.value = Math.min(1, (meter?.level ?? 0) * gain);
    };
    const timer = setInterval(look, everyMs);
    return () => {
      clearInterval(timer);
      meter?.close();
    };
  }, []);
  return <meter ref={bar} class="level" min={0} max={1} aria-label={say.audio.level} />;
}
