// The control plane's own line to Janus, through janode: is it there, which sessions does it hold, end that one. This is the only file that
// imports janode. The line is kept for as long as Janus lives; when it breaks, everybody is told at once and it is dialled again.
//
//   dialling ──open, info answered──► up ──closed, or a question unanswered──► dialling (after a pause)      close() ──► closed

import Janode, { type JanodeConnection } from 'janode';
import { z } from 'zod';

export interface JanusAddress {
  /** The Janus API, `ws://127.0.0.1:8188`. */
  readonly url: string;
  /** The admin API; without it sessions cannot be listed or ended from outside, and liveness is asked of the Janus API. */
  readonly admin?: { readonly url: string; readonly secret: string };
}

export interface JanusHealth {
  readonly up: boolean;
  /** Epoch milliseconds since when. */
  readonly since: number;
  readonly detail: string;
}

export class JanusError extends Error {
  override readonly name = 'JanusError';
  readonly reason: 'disconnected' | 'timeout' | 'refused';

  constructor(reason: JanusError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const answerWithinMs = 3_000;
const askEveryMs = 5_000;
const upWithinMs = 3_000;
const pauses = [100, 200, 500, 1_000, 2_000] as const;

const sessionsSchema = z.object({ sessions: z.array(z.number().int()) });
const infoSchema = z.object({ version_string: z.string() });
const handlesSchema = z.object({ handles: z.array(z.number().int()) });
const handleSchema = z.object({
  info: z.object({ plugin: z.string(), plugin_specific: z.object({ call_status: z.string().optional() }) }),
});

Janode.Logger.setLevel('none');

export class JanusConnection {
  readonly #address: JanusAddress;
  readonly #listeners = new Set<(health: JanusHealth) => void>();
  #line: JanodeConnection | undefined;
  #health: JanusHealth;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  constructor(address: JanusAddress) {
    this.#address = address;
    this.#health = { up: false, since: Date.now(), detail: 'not reached yet' };
    void this.#dial();
  }

  /** What was true at the last question, at most a few seconds ago; a broken line is known at once. */
  health(): JanusHealth {
    return this.#health;
  }

  /** Called whenever Janus comes or goes. Returns the disposer. */
  subscribe(listener: (health: JanusHealth) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Ids of every session Janus holds, reclaimable ones included; empty without an admin address.
   * @throws JanusError
   */
  async sessions(): Promise<readonly number[]> {
    if (!this.#address.admin) return [];
    return sessionsSchema.parse(await this.#ask({ janus: 'list_sessions' })).sessions;
  }

  /** Resolves once Janus is there, or is not for some seconds. @returns whether it is */
  async isUp(): Promise<boolean> {
    if (this.#health.up) return true;
    return new Promise((resolve) => {
      const late = setTimeout(() => settle(false), upWithinMs);
      const unsubscribe = this.subscribe(({ up }) => up && settle(true));
      const settle = (up: boolean): void => {
        clearTimeout(late);
        unsubscribe();
        resolve(up);
      };
    });
  }

  /**
   * The handle of a session that is in a call, by SIP.
   * @throws JanusError
   */
  async handleInCall(sessionId: number): Promise<number | undefined> {
    const { handles } = handlesSchema.parse(
      await this.#ask({ janus: 'list_handles', session_id: sessionId }),
    );
    for (const handle of handles) {
      const asked = await this.#ask({ janus: 'handle_info', session_id: sessionId, handle_id: handle });
      const { info } = handleSchema.parse(asked);
      if (info.plugin === 'janus.plugin.sip' && info.plugin_specific.call_status === 'incall') return handle;
    }
    return undefined;
  }

  /**
   * Ends a session with its calls. One that is gone already is no error.
   * @throws JanusError
   */
  async destroySession(sessionId: number): Promise<void> {
    if (!this.#address.admin) return;
    try {
      await this.#ask({ janus: 'destroy_session', session_id: sessionId });
    } catch (error) {
      const gone = error instanceof JanusError && error.message.includes('458'); // JANUS_ERROR_SESSION_NOT_FOUND
      if (!gone) throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const line = this.#line;
    this.#line = undefined;
    await line?.close();
  }

  async #dial(): Promise<void> {
    try {
      const line = await connect(this.#address);
      if (this.#closed) return await line.close();
      line.once(Janode.EVENT.CONNECTION_ERROR, () => this.#lost(line, 'the connection broke'));
      this.#line = line;
      await this.#check(line);
    } catch (error) {
      this.#lost(undefined, error instanceof Error ? error.message : 'not reached');
    }
  }

  /** One question now, the next in a few seconds. */
  async #check(line: JanodeConnection): Promise<void> {
    try {
      const { version_string } = infoSchema.parse(await this.#ask({ janus: 'info' }));
      if (this.#line !== line) return;
      this.#failures = 0;
      this.#say(true, `Janus ${version_string}`);
      this.#timer = setTimeout(() => void this.#check(line), askEveryMs);
    } catch (error) {
      if (this.#line !== line) return;
      this.#lost(line, error instanceof Error ? error.message : 'no answer');
      // A line on which nothing is answered is of no use; janode says nothing when it is closed on purpose.
      void line.close().catch(() => undefined);
    }
  }

  #lost(line: JanodeConnection | undefined, detail: string): void {
    if (this.#closed || (line && this.#line !== line)) return;
    this.#line = undefined;
    clearTimeout(this.#timer);
    this.#say(false, detail);
    const pause = pauses[Math.min(this.#failures, pauses.length - 1)];
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.#dial(), pause);
  }

  #say(up: boolean, detail: string): void {
    const changed = this.#health.up !== up;
    this.#health = { up, since: changed ? Date.now() : this.#health.since, detail };
    if (changed) for (const listener of this.#listeners) listener(this.#health);
  }

  async #ask(request: Record<string, unknown>): Promise<unknown> {
    const line = this.#line;
    if (!line) throw new JanusError('disconnected', 'Janus is not reachable');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const give = () => reject(new JanusError('timeout', `Janus did not answer ${String(request.janus)}`));
      timer = setTimeout(give, answerWithinMs);
    });
    try {
      return await Promise.race([line.sendRequest(request).catch(asRefusal), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const asRefusal = (error: unknown): never => {
  throw new JanusError('refused', error instanceof Error ? error.message : String(error), { cause: error });
};

const connect = ({ url, admin }: JanusAddress): Promise<JanodeConnection> =>
  Janode.connect({
    address: [admin ? { url: admin.url, apisecret: admin.secret } : { url }],
    is_admin: admin !== undefined,
    max_retries: 0,
    ws_options: { handshakeTimeout: answerWithinMs },
  });
