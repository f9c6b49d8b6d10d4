// The few drawings the buttons carry beside their words: lines of 24 by 24, in the colour of the text.

const drawings = {
  answer: 'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2',
  hangUp:
    'M3 14v-2c4.5-4 13.5-4 18 0v2a1 1 0 0 1-1 1h-3a1 1 0 0 1-1-1v-2c-2.5-1-5.5-1-8 0v2a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1',
  hold: 'M9 5v14M15 5v14',
  resume: 'M8 5v14l11-7z',
  microphone: 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M5 11a7 7 0 0 0 14 0M12 18v3',
  microphoneOff:
    'M9 9v2a3 3 0 0 0 4.5 2.6M15 11V6a3 3 0 0 0-6-.5M5 11a7 7 0 0 0 10.5 6M19 11a7 7 0 0 1-.6 2.8M12 18v3M4 4l16 16',
  transfer: 'M5 12h13M13 7l5 5-5 5',
  keypad: 'M6 5h.01M12 5h.01M18 5h.01M6 11h.01M12 11h.01M18 11h.01M6 17h.01M12 17h.01M18 17h.01',
  park: 'M9 20V5h4.5a4 4 0 0 1 0 8H9',
  record: 'M12 6a6 6 0 1 0 0 12a6 6 0 0 0 0-12M12 10a2 2 0 1 0 0 4a2 2 0 0 0 0-4',
  stop: 'M7 7h10v10H7z',
  sound: 'M4 10v4h4l5 4V6L8 10zM16.5 9a4 4 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11',
  swap: 'M7 20V4M4 7l3-3 3 3M17 4v16M14 17l3 3 3-3',
  people: 'M9 11a3 3 0 1 0 0-6a3 3 0 0 0 0 6M3 20a6 6 0 0 1 12 0M16 5a3 3 0 0 1 0 6M18 14.5a6 6 0 0 1 3 5.5',
  web: 'M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M3 12h18M12 3c3.5 4 3.5 14 0 18M12 3c-3.5 4-3.5 14 0 18',
  outgoing: 'M7 17L17 7M9 7h8v8',
} as const;

export type IconName = keyof typeof drawings;

export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={drawings[name]} />
  </svg>
);

interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
  /** Colours: what is to be pressed next (`go`), what ends the call (`stop`). */
  readonly kind?: 'go' | 'stop';
  /** For what is on or off. */
  readonly pressed?: boolean;
  /** For what opens something below. */
  readonly expanded?: boolean;
  /** The key that does the same. */
  readonly shortcut?: string | undefined;
}

/** One of a row of equal buttons: its place stays when its words change. */
export const IconButton = ({ icon, label, onClick, kind, pressed, expanded, shortcut }: IconButtonProps) => (
  <button
    type="button"
    class={kind === undefined ? 'verb' : `verb ${kind}`}
    aria-pressed={pressed}
    aria-expanded={expanded}
    aria-keyshortcuts={shortcut}
    title={shortcut === undefined ? undefined : `${label} (${shortcut.toUpperCase()})`}
    onClick={onClick}
  >
    <Icon name={icon} />
    {label}
  </button>
);
