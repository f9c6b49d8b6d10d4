// A running Cordboard with Verto clients around it, for one test file: who connects here is let go after each test.

import { startCordboard, type Cordboard } from './cordboard.ts';
import { VertoClient } from './verto-client.ts';

export const loginOf = (login: string, passwd: string) => ({
  login,
  passwd,
  loginParams: {},
  userVariables: {},
});

export class VertoDoor {
  readonly cordboard: Cordboard;
  readonly #clients: VertoClient[] = [];

  constructor(cordboard: Cordboard) {
    this.cordboard = cordboard;
  }

  static async open(env: Readonly<Record<string, string>> = {}): Promise<VertoDoor> {
    return new VertoDoor(await startCordboard({ env }));
  }

  get url(): string {
    return this.cordboard.url;
  }

  /** Of the demo accounts and of the administrator. */
  passwordOf(user: string): string {
    const own = this.cordboard.ready.logins.find(({ username }) => username === user)?.password;
    return own ?? this.cordboard.demoPassword;
  }

  /** A connection nobody has logged in on. */
  async stranger(
    options: { sessid?: string; path?: string; headers?: Record<string, string> } = {},
  ): Promise<VertoClient> {
    const client = await VertoClient.connect(this.url, options);
    this.#clients.push(client);
    return client;
  }

  async logIn(user: string, options: { sessid?: string } = {}): Promise<VertoClient> {
    const client = await VertoClient.logIn(this.url, user, this.passwordOf(user), options);
    this.#clients.push(client);
    return client;
  }

  everybodyLeaves(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }

  stop(): Promise<void> {
    this.everybodyLeaves();
    return this.cordboard.stop();
  }
}
