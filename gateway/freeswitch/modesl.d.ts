// modesl ships no types. Only what connection.ts uses is declared, as read in modesl 1.2.1 (lib/esl/Connection.js, Event.js).

declare module 'modesl' {
  import type { Socket } from 'node:net';

  interface Event {
    /** The value, or null. A linear search over the event's headers. */
    getHeader(name: string): string | number | null;
    getBody(): string;
  }

  interface Connection {
    /** Null once the far end has closed. */
    readonly socket: Socket | null;
    /** Event names the library adds to every subscription of its own. */
    reqEvents: string[];
    on(name: 'error', listener: (error: unknown) => void): this;
    on(name: string, listener: (event: Event) => void): this;
    removeAllListeners(): this;
    /** Any command answered by `command/reply`; replies are matched to callbacks by position. */
    sendRecv(command: string, headers: Record<string, string> | null, reply: (event: Event) => void): void;
    /** An `api` command, answered by `api/response`; likewise by position. */
    api(command: string, reply: (event: Event) => void): void;
  }

  const modesl: { readonly Connection: new (host: string, port: number, password: string) => Connection };
  export default modesl;
  export type { Connection, Event };
}
