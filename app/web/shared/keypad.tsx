// Twelve keys for whatever machine is at the other end.

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;

interface KeypadProps {
  readonly label: string;
  readonly onPress: (key: string) => void;
  /** Keys that mean something; all of them when nothing is said. */
  readonly live?: readonly string[];
}

export const Keypad = ({ label, onPress, live = keys }: KeypadProps) => (
  <div class="keypad" role="group" aria-label={label}>
    {keys.map((key) => (
      <button key={key} type="button" disabled={!live.includes(key)} onClick={() => onPress(key)}>
        {key}
      </button>
    ))}
  </div>
);
