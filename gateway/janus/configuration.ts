// Fills the templates of janus-conf. Pure: text and values in, text out. Values are checked rather than escaped, because
// libconfig's escapes are not ours to guess.

/** What the templates ask for. An undefined value leaves its line out. */
export interface JanusSettings {
  /** Private folder the files are written to. */
  readonly folder: string;
  /** Folder that holds plugins/ and transports/, for example `/usr/lib/x86_64-linux-gnu/janus`. */
  readonly libraries: string;
  /** 0 to 7; 4 says what a person would want to know. */
  readonly debugLevel: number;
  readonly apiSecret: string;
  readonly adminSecret: string;
  readonly roomKey: string;
  readonly webSocketPort: number;
  readonly adminPort: number;
  /** UDP ports towards browsers, `from-to`. */
  readonly webrtcPorts: string;
  /** UDP ports towards the media switch, `from-to`. */
  readonly sipPorts: string;
  /** Address of this machine on the way to the SIP edge. */
  readonly sipAddress: string;
  /** The one address ICE gathers candidates on. */
  readonly iceAddress: string | undefined;
  /** The address browsers reach `iceAddress` by, when it is another one (1:1 NAT). */
  readonly publicAddress: string | undefined;
}

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const placeholder = /\$\{([A-Za-z]+)\}/g;
const harmless = /^[A-Za-z0-9 _.,:;/@+=-]*$/;

/**
 * @param template text of one file of janus-conf
 * @throws ConfigurationError for an unknown placeholder, or a value that could break out of its quotes
 */
export function fillTemplate(template: string, settings: JanusSettings): string {
  const lines = template.split('\n').map((line) => (line.startsWith('#') ? line : fillLine(line, settings)));
  return lines.filter((line) => line !== undefined).join('\n');
}

function fillLine(line: string, settings: JanusSettings): string | undefined {
  let unset = false;
  const filled = line.replace(placeholder, (_, name: string) => {
    if (!isSetting(name, settings))
      throw new ConfigurationError(`janus-conf asks for an unknown value: ${name}`);
    const value = settings[name];
    if (value === undefined) unset = true;
    const text = String(value ?? '');
    if (!harmless.test(text)) throw new ConfigurationError(`not fit for a Janus configuration file: ${name}`);
    return text;
  });
  return unset ? undefined : filled;
}

const isSetting = (name: string, settings: JanusSettings): name is keyof JanusSettings =>
  Object.hasOwn(settings, name);
