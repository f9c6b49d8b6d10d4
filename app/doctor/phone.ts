// The phone that doctor is: it registers, calls, and hangs up, as a desk phone would, over UDP.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import {
  answerChallenge,
  bracketed,
  bodyText,
  createRequest,
  createSipStack,
  formatAuth,
  parseAuth,
  type Dialog,
  type HeaderFields,
  type SipRequest,
  type SipResponse,
  type SipStack,
  type Target,
} from '@cordboard/sip-stack';

export interface PhoneAccount {
  readonly user: string;
  readonly password: string;
}

/** A call that was answered. */
export interface AnsweredCall {
  readonly callId: string;
  /** The answer's SDP. */
  readonly sdp: string;
  hangUp(): Promise<void>;
}

/** Whoever refuses that many refuses the password. */
const mostProofs = 3;

/** What the phone was told instead of what it asked for. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
  /** Final SIP status; undefined when nothing came. */
  readonly status: number | undefined;
  constructor(status: number | undefined, message: string) {
    super(message);
    this.status = status;
  }
}

export class DoctorPhone {
  readonly #stack: SipStack;
  readonly #edge: Target;
  readonly #account: PhoneAccount;
  readonly #callId = randomBytes(8).toString('hex');
  #cseq = 0;

  private constructor(stack: SipStack, edge: Target, account: PhoneAccount) {
    this.#stack = stack;
    this.#edge = edge;
    this.#account = account;
  }

  static async open(edge: { host: string; port: number }, account: PhoneAccount): Promise<DoctorPhone> {
    const stack = createSipStack({
      handlers: {
        // The far end hangs up, or asks whether we live.
        request: (transaction) => void transaction.respond(transaction.createResponse(200)),
      },
    });
    await stack.listen({ protocol: 'udp', host: await ownAddressTowards(edge), port: 0 });
    return new DoctorPhone(stack, { protocol: 'udp', ...edge }, account);
  }

  /** The address packets to the edge leave from. */
  get address(): string {
    return this.#stack.listeningPoints[0]?.host ?? '';
  }

  /** @param expires seconds; 0 takes the registration back. @throws Unanswered */
  async register(expires: number): Promise<SipResponse> {
    const uri = `sip:${placeOf(this.#edge)}`;
    const contact = this.#stack.contactFor(this.#edge, this.#account.user);
    const request = (proof: HeaderFields): SipRequest =>
      this.#request({
        ...{ method: 'REGISTER', uri, callId: this.#callId, to: this.#own },
        headers: { Contact: contact, Expires: String(expires), ...proof },
      });
    const answer = await this.#proving('REGISTER', uri, (proof) => this.#ask(request(proof)));
    if (answer.status >= 300) throw refusedBy(answer);
    return answer;
  }

  /** @throws Unanswered */
  async call(number: string, sdp: string): Promise<AnsweredCall> {
    const uri = `sip:${number}@${placeOf(this.#edge)}`;
    const callId = randomBytes(8).toString('hex');
    const tag = this.#stack.newTag();
    let answered: Answered | undefined;
    const refusal = await this.#proving('INVITE', uri, async (headers) => {
      const outcome = await this.#invite({ uri, callId, tag, sdp, headers });
      if ('dialog' in outcome) answered = outcome;
      return 'dialog' in outcome ? outcome.response : outcome;
    });
    if (answered) return this.#answered(answered);
    throw refusedBy(refusal);
  }

  /**
   * Asks, and again with an answer to the challenge; once more when the nonce was used by somebody else meanwhile (RFC 7616
   * section 3.3, stale).
   */
  async #proving(
    method: string,
    uri: string,
    send: (proof: HeaderFields) => Promise<SipResponse>,
  ): Promise<SipResponse> {
    let answer = await send({});
    for (let tries = 0; tries < mostProofs; tries += 1) {
      const proof = this.#proof(answer, method, uri);
      if (!proof) break;
      answer = await send(proof);
    }
    return answer;
  }

  #answered({ dialog, response }: Answered): AnsweredCall {
    return {
      callId: dialog.callId,
      sdp: bodyText(response),
      hangUp: async () => {
        const target = dialog.nextHop();
        if (target) await this.#ask(dialog.createRequest('BYE'), target);
      },
    };
  }

  #invite(wish: Wish): Promise<Answered | SipResponse> {
    const { uri, callId, tag, sdp, headers } = wish;
    const contact = this.#stack.contactFor(this.#edge, this.#account.user);
    const invite = this.#request({
      ...{ method: 'INVITE', uri, callId, tag, to: `<${uri}>` },
      headers: { Contact: contact, ...headers },
    });
    invite.headers.set('Content-Type', 'application/sdp');
    invite.body = Buffer.from(sdp);
    const uac = this.#stack.uacInvite(invite, this.#edge);
    return new Promise((resolve, reject) => {
      uac.events = {
        answered: (response, dialog) => {
          uac.ack(dialog).send();
          resolve({ response, dialog });
        },
        rejected: (response) => resolve(response),
        timedOut: () => reject(new Unanswered(undefined, 'no answer to INVITE')),
        transportFailed: (failure) => reject(new Unanswered(undefined, failure.message)),
      };
      uac.send();
    });
  }

  #request(parts: {
    readonly method: string;
    readonly uri: string;
    readonly callId: string;
    readonly to: string;
    readonly tag?: string;
    readonly headers: HeaderFields;
  }): SipRequest {
    const { tag = this.#stack.newTag(), headers, ...rest } = parts;
    this.#cseq += 1;
    return createRequest({
      ...{ ...rest, from: `${this.#own};tag=${tag}`, cseq: this.#cseq },
      headers: { 'User-Agent': 'cordboard-doctor', ...headers },
    });
  }

  #proof(answer: SipResponse, method: string, uri: string): HeaderFields | undefined {
    const [asks, answers] =
      answer.status === 407
        ? (['Proxy-Authenticate', 'Proxy-Authorization'] as const)
        : (['WWW-Authenticate', 'Authorization'] as const);
    const challenge = parseAuth(answer.headers.get(asks) ?? '');
    if (!challenge || (answer.status !== 401 && answer.status !== 407)) return undefined;
    const proof = answerChallenge(
      challenge,
      { ...this.#account, method, uri },
      randomBytes(8).toString('hex'),
    );
    return proof && { [answers]: formatAuth(proof) };
  }

  #ask(request: SipRequest, target = this.#edge): Promise<SipResponse> {
    const transaction = this.#stack.clientTransaction(request, target);
    return new Promise((resolve, reject) => {
      transaction.events = {
        response: (response) => void (response.status >= 200 && resolve(response)),
        timedOut: () => reject(new Unanswered(undefined, `no answer to ${request.method}`)),
        transportFailed: (failure) => reject(new Unanswered(undefined, failure.message)),
      };
      transaction.send();
    });
  }

  get #own(): string {
    return `<sip:${this.#account.user}@${placeOf(this.#edge)}>`;
  }

  close(): Promise<void> {
    return this.#stack.close();
  }
}

interface Answered {
  readonly response: SipResponse;
  readonly dialog: Dialog;
}

interface Wish {
  readonly uri: string;
  readonly callId: string;
  readonly tag: string;
  readonly sdp: string;
  readonly headers: HeaderFields;
}

const placeOf = ({ host, port }: { host: string; port: number }): string => `${bracketed(host)}:${port}`;

const refusedBy = ({ status, reason }: SipResponse): Unanswered =>
  new Unanswered(status, `${status} ${reason}`);

/** The local address the system would use towards somebody: no packet is sent. */
async function ownAddressTowards({ host, port }: { host: string; port: number }): Promise<string> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.connect(port, host);
  await once(socket, 'connect');
  const { address } = socket.address();
  socket.close();
  return address;
}
