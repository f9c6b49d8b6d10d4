// Handing SIP messages to applications.
import { randomUUID } from 'node:crypto';
import {
  type Arrival,
  createResponse,
  serialise,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipStack,
  type Target,
  type TransportAddress,
} from '@cordboard/sip-stack';
import type { App } from '../control/app-connection.ts';
import { type Peer, sipFrame } from '../control/frames.ts';

/** A transaction id for an application. */
export const newTransactionId = (): string => randomUUID();

/** An address as applications are told it; WebSocket shows as the TCP it runs over. */
export function peerOf({ protocol, host, port }: TransportAddress): Peer {
  const shown = protocol === 'ws' || protocol === 'wss' ? 'tcp' : protocol;
  return { protocol: shown, address: host, port };
}

/** Our own address towards `target`. */
export function localPeer(stack: SipStack, target: Target): Peer {
  const point = stack.listeningPointFor(target);
  return { protocol: target.protocol, address: point?.host ?? '', port: point?.port ?? 0 };
}

interface Ids {
  readonly transactionId: string;
  readonly dialogId: string;
}

/** Hands over what came from the network. */
export function deliver(app: App, message: SipMessage, arrival: Arrival, ids: Ids): void {
  app.send(sipFrame({ source: 'network', peer: peerOf(arrival.source), ...ids, sip: serialise(message) }));
}

/** Hands over a new request outside a dialog, which also says where it came in. */
export function deliverNew(app: App, request: SipRequest, arrival: Arrival, transactionId: string): void {
  const receivedOn = { address: arrival.local.host, port: arrival.local.port };
  const sip = serialise(request);
  app.send(
    sipFrame({
      source: 'network',
      peer: peerOf(arrival.source),
      transactionId,
      dialogId: '',
      receivedOn,
      sip,
    }),
  );
}

/** Hands over a final response made here because the network gave none: 408, 503. */
export function deliverSynthesised(app: App, response: SipResponse, ids: Ids): void {
  app.send(sipFrame({ source: 'network', peer: undefined, ...ids, sip: serialise(response) }));
}

/** Tells an application of a BYE we sent on our own; `from` is the address it left from. */
export function deliverUnsolicited(app: App, sip: Uint8Array, from: Peer, dialogId: string): void {
  app.send(sipFrame({ source: 'application', peer: from, transactionId: 'unsolicited', dialogId, sip }));
}

/** The response a request would have got from the network, had the network been there. */
export function synthesise(stack: SipStack, request: SipRequest, status: 408 | 503): SipResponse {
  return createResponse(request, status, { toTag: stack.newTag() });
}
