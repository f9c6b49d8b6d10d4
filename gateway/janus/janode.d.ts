// The part of janode we use; the package brings no types.
declare module 'janode' {
  import type { EventEmitter } from 'node:events';

  export interface JanodeConnection extends EventEmitter {
    sendRequest(request: Record<string, unknown>): Promise<unknown>;
    close(): Promise<void>;
  }

  const Janode: {
    connect(configuration: {
      address: { url: string; apisecret?: string }[];
      is_admin: boolean;
      max_retries: number;
      ws_options?: { handshakeTimeout: number };
    }): Promise<JanodeConnection>;
    readonly Logger: { setLevel(level: 'none' | 'error' | 'warning' | 'info'): string };
    readonly EVENT: { readonly CONNECTION_CLOSED: string; readonly CONNECTION_ERROR: string };
  };
  export default Janode;
}
