// Janus as the product starts it, the policy proxy on a real HTTP server, and a SIP edge behind: what the tests of the browser's road need.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { allowsOrigin } from '../../app/realtime/origin.ts';
import { freePorts } from '../../app/supervisor/ports.ts';
import { mediaAddress } from '../../gateway/janus/network.ts';
import {
  attachJanusProxy,
  type JanusProxy,
  type JanusProxyOptions,
} from '../../gateway/janus/policy-proxy.ts';
import { JanusProcess } from '../../gateway/janus/process.ts';
import { janusSecrets } from '../../gateway/janus/secrets.ts';
import type { Speaker } from '../../gateway/janus/speaker.ts';
import { JanusEdge } from './janus-edge.ts';
import { until, within } from './until.ts';

const testSecret = 'a-secret-of-the-tests-0123456789';

export class JanusRig {
  readonly janus: JanusProcess;
  readonly edge: JanusEdge;
  /** Tokens that open /janus. */
  readonly speakers = new Map<string, Speaker>();
  /** How often it died, and how. */
  readonly deaths: string[] = [];
  readonly log: string[] = [];
  proxy!: JanusProxy;
  #server!: Server;
  readonly #folder: string;
  readonly #adminPort: number;
  #port = 0;
  #pages: (url: string) => { type: string; body: string | Buffer } | undefined = () => undefined;

  private constructor(janus: JanusProcess, edge: JanusEdge, folder: string, adminPort: number) {
    this.janus = janus;
    this.edge = edge;
    this.#folder = folder;
    this.#adminPort = adminPort;
  }

  static async open(options: Partial<JanusProxyOptions> = {}): Promise<JanusRig> {
    const folder = mkdtempSync(path.join(tmpdir(), 'cordboard-janus-'));
    const [webSocketPort = 0, adminPort = 0] = await freePorts(2);
    const { apiSecret, adminSecret, roomKey } = janusSecrets(folder);
    const notes = { deaths: [] as string[], log: [] as string[] };
    const janus = new JanusProcess({
      settings: {
        folder: path.join(folder, 'janus'),
        debugLevel: 4,
        apiSecret,
        adminSecret,
        roomKey,
        webSocketPort,
        adminPort,
        webrtcPorts: '26000-26499',
        sipPorts: '26500-26999',
        sipAddress: '127.0.0.1',
        ...mediaAddress(networkInterfaces(), undefined),
      },
      onLine: (line) => notes.log.push(line),
      onDied: (how) => notes.deaths.push(how),
    });
    const rig = new JanusRig(janus, await JanusEdge.open(), folder, adminPort);
    Object.assign(rig, notes);
    await janus.start();
    await rig.startControlPlane(options);
    return rig;
  }

  /** The HTTP server with the proxy; again after stopControlPlane(), on the same port, with nothing remembered. */
  async startControlPlane(options: Partial<JanusProxyOptions> = {}): Promise<void> {
    const { apiSecret, adminSecret } = janusSecrets(this.#folder);
    const server = createServer((request, response) => {
      const page = this.#pages(request.url ?? '');
      response.writeHead(page ? 200 : 404, { 'content-type': page?.type ?? 'text/plain' });
      response.end(page?.body);
    });
    await new Promise<void>((done) => server.listen(this.#port, '127.0.0.1', done));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.proxy = attachJanusProxy(server, {
      janus: {
        url: this.janus.url,
        apiSecret,
        admin: { url: `ws://127.0.0.1:${this.#adminPort}`, secret: adminSecret },
      },
      edge: { host: this.edge.host },
      ownershipKey: testSecret,
      authenticate: (token) => this.speakers.get(token),
      originAllowed: (origin, host) => allowsOrigin({}, origin, host),
      ...options,
    });
    await until('the proxy reaches Janus', () => this.proxy.health().up);
  }

  /** As a crash would: every socket is cut, nothing is said. */
  async stopControlPlane(): Promise<void> {
    const { proxy } = this;
    this.#server.closeAllConnections();
    const closed = new Promise((done) => this.#server.close(done));
    await proxy.close();
    await closed;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/janus`;
  }

  serve(pages: (url: string) => { type: string; body: string | Buffer } | undefined): void {
    this.#pages = pages;
  }

  customer(token: string, about: { sessionId: string; queueId?: string }): void {
    const { sessionId, queueId = 'sales' } = about;
    const callTicket = () => `ticket-of-${sessionId}`;
    this.speakers.set(token, {
      role: 'customer',
      sessionId,
      queueId,
      displayName: 'Ada "Lovelace"',
      callTicket,
    });
  }

  agent(token: string, agentId: string): void {
    const sip = { username: `browser-${agentId}`, password: `secret-of-${agentId}` };
    this.edge.accounts.set(sip.username, sip.password);
    this.speakers.set(token, { role: 'staff', name: agentId, sip });
  }

  async close(): Promise<void> {
    try {
      await within('the control plane closes', this.stopControlPlane(), 5_000);
    } finally {
      await this.janus.stop();
      await this.edge.close();
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}
