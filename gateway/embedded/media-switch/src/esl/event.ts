// One event and its two forms on the wire. Both are made at most once, however many clients listen.

/** Header fields in order. */
export type EventFields = readonly (readonly [name: string, value: string])[];

/** FreeSWITCH's set of characters that are percent-encoded in plain events; comma and slash stay. */
const UNSAFE = /[^ -~]|[ "#%&+:;<=>?@[\\\]^`{|}]/gu;
const percent = (character: string): string =>
  [...Buffer.from(character, 'utf8')]
    .map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');

/** Percent-encodes a header value of a plain event. */
export const encodeValue = (value: string): string => value.replace(UNSAFE, percent);

/** Header lines of a plain event, without the closing blank line. */
export const plainLines = (fields: EventFields): string =>
  fields.map(([name, value]) => `${name}: ${encodeValue(value)}\n`).join('');

/** A flat JSON object; a repeated name keeps its last value. */
export const jsonObject = (fields: EventFields): string => JSON.stringify(Object.fromEntries(fields));

/** An event ready to be sent. */
export class SwitchEvent {
  readonly name: string;
  readonly subclass: string | undefined;
  readonly fields: EventFields;
  readonly #body: string | undefined;
  #json: string | undefined;
  #plain: string | undefined;

  constructor(name: string, fields: EventFields, options: { subclass?: string; body?: string } = {}) {
    this.name = name;
    this.fields = fields;
    this.subclass = options.subclass;
    this.#body = options.body;
  }

  /** Value of a header, names compared without case. */
  field(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return this.fields.find(([key]) => key.toLowerCase() === wanted)?.[1];
  }

  /** The complete frame in a format. */
  frame(format: 'json' | 'plain'): string {
    if (format === 'json') return (this.#json ??= this.#frame('text/event-json', this.#asJson()));
    return (this.#plain ??= this.#frame('text/event-plain', this.#asPlain()));
  }

  #frame(type: string, content: string): string {
    return `Content-Length: ${Buffer.byteLength(content)}\nContent-Type: ${type}\n\n${content}`;
  }

  #asJson(): string {
    if (this.#body === undefined) return jsonObject(this.fields);
    const length = String(Buffer.byteLength(this.#body));
    return jsonObject([...this.fields, ['Content-Length', length], ['_body', this.#body]]);
  }

  #asPlain(): string {
    const lines = plainLines(this.fields);
    if (this.#body === undefined) return `${lines}\n`;
    return `${lines}Content-Length: ${Buffer.byteLength(this.#body)}\n\n${this.#body}`;
  }
}
