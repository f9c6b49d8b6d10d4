// FreeSWITCH's own Verto JavaScript (npm `verto`, jquery.verto.js as FreeSWITCH ships it) in a page of the browser under test, unchanged; the few
// functions of jQuery it calls are written out here.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from 'playwright-core';

const source = path.resolve('node_modules/verto/src');
const scripts = [
  'vendor/adapter-latest.js',
  'jquery.jsonrpcclient.js',
  'jquery.FSRTC.js',
  'jquery.verto.js',
] as const;

const jquery = `
window.jQuery = window.$ = Object.assign(
  (selector) => {
    const found = typeof selector === 'string' ? document.querySelectorAll(selector) : [];
    return Object.assign([...found], { attr: () => undefined, bind: () => undefined, on: () => undefined, remove: () => found.forEach((node) => node.remove()) });
  },
  { extend: Object.assign, parseJSON: JSON.parse, toJSON: JSON.stringify },
);`;

/** What the page's own script keeps for the test to look at. */
export interface VertoJsPage {
  readonly logins: boolean[];
  readonly events: { eventType: string; eventChannel: string; data: Record<string, unknown> }[];
  /** States of dialogs as they came. */
  readonly states: string[];
  /** Who calls, as the library shows it. */
  readonly shown: string[];
}

const program = `
window.seen = { logins: [], events: [], states: [], shown: [] };
window.start = (options) => {
  window.verto = new $.verto(
    { tag: 'sound', deviceParams: { useCamera: false }, videoParams: {}, iceServers: false, ...options },
    {
      onWSLogin: (_verto, success) => window.seen.logins.push(success),
      onWSClose: () => undefined,
      onMessage: () => undefined,
      onEvent: (_verto, event) => window.seen.events.push(event),
      onDialogState: (dialog) => {
        window.dialog = dialog;
        window.seen.states.push(dialog.state.name);
        window.seen.shown.push(dialog.params.remote_caller_id_number);
      },
    },
  );
};
window.ask = (method, params) => new Promise((resolve, reject) => window.verto.rpcClient.call(method, params, resolve, reject));
`;

declare global {
  interface Window {
    seen: VertoJsPage;
    start(options: object): void;
    ask(method: string, params: object): Promise<Record<string, unknown>>;
    verto: {
      subscribe(channel: string, options?: object): unknown;
      newCall(params: object): unknown;
      logout(): void;
    };
    dialog: {
      answer(): void;
      hangup(): void;
      hold(): void;
      unhold(): void;
      toggleHold(): void;
      dtmf(digits: string): void;
      transfer(destination: string): void;
      callID: string;
    };
  }
}

/** Serves the page from an origin of its own, as a page of somebody else's would be. */
export class VertoJsSite {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<VertoJsSite> {
    const texts = scripts.map((file) => readFileSync(path.join(source, file), 'utf8'));
    const tags = [jquery, ...texts, program].map((text) => `<script>${text}</script>`).join('\n');
    const body = `<!doctype html><title>verto.js</title><video id="sound" autoplay></video>${tags}`;
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new VertoJsSite(server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export const seen = (page: Page): Promise<VertoJsPage> => page.evaluate(() => window.seen);
