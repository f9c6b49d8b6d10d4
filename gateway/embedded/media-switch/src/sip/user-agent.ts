// The switch's SIP user agent: which request belongs to which call.

import {
  createSipStack,
  dialogKeyOfRequest,
  type Arrival,
  type ServerTransaction,
  type SipRequest,
  type SipStack,
} from '@cordboard/sip-stack';
import type { AccessList } from '../access-list.ts';
import type { Signalling } from '../channel/channel.ts';
import type { Cause } from '../channel/causes.ts';
import type { Exchange } from '../channel/exchange.ts';
import type { OutboundCall } from '../channel/originate.ts';
import type { DialogCall } from './call.ts';
import { InboundCall, type InboundSurroundings } from './inbound.ts';
import { ALLOW, PRODUCT, SDP_TYPE } from './invite.ts';
import { dialOut, type OutboundSurroundings } from './outbound.ts';

/** See the file's head. */
export class UserAgent {
  readonly #exchange: Exchange;
  readonly #allowed: AccessList;
  readonly #settings: { readonly mediaAddress: string; readonly sessionSeconds: number };
  readonly #stack: SipStack;
  readonly #dialogs = new Map<string, DialogCall>();
  readonly #inbound = new Map<ServerTransaction, InboundCall>();

  /**
   * @param settings.mediaAddress the address descriptions show
   * @param settings.sessionSeconds longest session interval (RFC 4028)
   */
  constructor(
    exchange: Exchange,
    allowed: AccessList,
    settings: { readonly mediaAddress: string; readonly sessionSeconds: number },
  ) {
    this.#exchange = exchange;
    this.#allowed = allowed;
    this.#settings = settings;
    this.#stack = createSipStack({
      product: PRODUCT,
      tryingAfter: 0,
      handlers: {
        request: (transaction) => this.#request(transaction),
        ack: (ack, arrival) => this.#ack(ack, arrival),
      },
    });
  }

  /** Binds UDP and TCP. @returns the bound port @throws the system's error, EADDRINUSE among them */
  async listen(host: string, port: number): Promise<number> {
    const udp = await this.#stack.listen({ protocol: 'udp', host, port });
    await this.#stack.listen({ protocol: 'tcp', host, port: udp.port });
    return udp.port;
  }

  /** Sends an INVITE; see channel/originate.ts. */
  dial(call: OutboundCall): Signalling | Cause {
    return dialOut(this.#surroundings(), call);
  }

  #surroundings(): InboundSurroundings & OutboundSurroundings {
    return {
      exchange: this.#exchange,
      stack: this.#stack,
      ...this.#settings,
      allows: (host) => this.#allowed.allows(host),
      remember: (call) => {
        if (call.dialog) this.#dialogs.set(call.dialog.key, call);
      },
      forget: (call) => {
        if (call.dialog) this.#dialogs.delete(call.dialog.key);
      },
    };
  }

  #request(transaction: ServerTransaction): void {
    const { request, arrival } = transaction;
    if (!this.#allowed.allows(arrival.source.host)) {
      this.#exchange.log(`${request.method} from ${arrival.source.host} refused: not an allowed address`);
      this.#respond(transaction, 403);
    } else if (request.method === 'CANCEL') this.#cancel(transaction);
    else if (request.headers.to.tag !== undefined) this.#inDialog(transaction);
    else if (request.method === 'INVITE') this.#invite(transaction);
    else this.#respond(transaction, request.method === 'OPTIONS' ? 200 : 405);
  }

  #respond(transaction: ServerTransaction, status: number, reason?: string): void {
    const headers = { Allow: ALLOW, ...(status === 200 && { Accept: SDP_TYPE }) };
    transaction.respond(
      transaction.createResponse(status, { headers, ...(reason !== undefined && { reason }) }),
    );
  }

  #invite(transaction: ServerTransaction): void {
    // The same call over two paths (RFC 3261 section 8.2.2.2).
    if (transaction.merged) this.#respond(transaction, 482);
    else if (this.#exchange.full) this.#respond(transaction, 503, 'Maximum Calls In Progress');
    else if (transaction.request.headers.contacts.length === 0)
      this.#respond(transaction, 400, 'Missing Contact');
    else {
      const call = new InboundCall(this.#surroundings(), transaction);
      this.#inbound.set(transaction, call);
      transaction.events = {
        ...transaction.events,
        terminated: () => this.#inbound.delete(transaction),
      };
      void call.admit();
    }
  }

  #cancel(cancel: ServerTransaction): void {
    const inbound = cancel.cancels && this.#inbound.get(cancel.cancels);
    if (inbound?.receiveCancel(cancel)) return;
    const key = dialogKeyOfRequest(cancel.request);
    const call = key === undefined ? undefined : this.#dialogs.get(key);
    if (!call?.receiveCancel(cancel)) this.#respond(cancel, 481);
  }

  #inDialog(transaction: ServerTransaction): void {
    const key = dialogKeyOfRequest(transaction.request);
    const call = key === undefined ? undefined : this.#dialogs.get(key);
    if (call) call.request(transaction);
    else this.#respond(transaction, 481);
  }

  #ack(ack: SipRequest, arrival: Arrival): void {
    for (const inbound of this.#inbound.values()) if (inbound.receiveAck(ack, arrival)) return;
    const key = dialogKeyOfRequest(ack);
    if (key !== undefined) this.#dialogs.get(key)?.receiveAck(ack, arrival);
  }

  /** What is alive, for tests that look for leaks. */
  counts(): { dialogs: number; transactions: number; openTransactions: number } {
    const { clientTransactions, serverTransactions, openTransactions } = this.#stack.counts();
    const transactions = clientTransactions + serverTransactions;
    return { dialogs: this.#dialogs.size, transactions, openTransactions };
  }

  /** Closes the sockets; calls were ended before. */
  close(): Promise<void> {
    return this.#stack.close();
  }
}
