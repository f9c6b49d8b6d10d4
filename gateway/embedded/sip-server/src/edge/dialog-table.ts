// The dialogs applications own.
//
//   early ──2xx──► confirmed ──BYE answered | peer's BYE | last NOTIFY | no ACK──► removed
//     └── 3xx–6xx, CANCEL ──────────────────────────────────────────────────────────┘
//
// An application names a dialog by its id; a request from the network names it by Call-ID and both tags. All forks
// of one INVITE of ours are one dialog to the application, so one id may have several keys.
import {
  type Arrival,
  type Dialog,
  dialogKeyOfRequest,
  parseUri,
  type SipMessage,
  type SipRequest,
  type Target,
} from '@cordboard/sip-stack';
import type { App } from '../control/app-connection.ts';
import type { EdgeDialog } from './entries.ts';
import { isPrivate } from './nat.ts';

export type { EdgeDialog } from './entries.ts';

export class DialogTable {
  readonly #byId = new Map<string, EdgeDialog>();
  readonly #byKey = new Map<string, EdgeDialog>();
  readonly #byCallId = new Map<string, EdgeDialog>();

  get size(): number {
    return this.#byId.size;
  }

  add(dialog: EdgeDialog): void {
    this.#byId.set(dialog.id, dialog);
    this.addFork(dialog, dialog.dialog);
  }

  /** Lets requests from the network for `fork` find `dialog`. */
  addFork(dialog: EdgeDialog, fork: Dialog): void {
    dialog.keys.add(fork.key);
    this.#byKey.set(fork.key, dialog);
  }

  confirm(dialog: EdgeDialog): void {
    dialog.confirmed = true;
    this.#byCallId.set(dialog.dialog.callId, dialog);
  }

  remove(dialog: EdgeDialog): void {
    for (const key of dialog.keys) if (this.#byKey.get(key) === dialog) this.#byKey.delete(key);
    if (this.#byId.get(dialog.id) === dialog) this.#byId.delete(dialog.id);
    if (this.#byCallId.get(dialog.dialog.callId) === dialog) this.#byCallId.delete(dialog.dialog.callId);
  }

  get(id: string): EdgeDialog | undefined {
    return this.#byId.get(id);
  }

  /** The confirmed dialog with that Call-ID. */
  withCallId(callId: string): EdgeDialog | undefined {
    return this.#byCallId.get(callId);
  }

  /** The dialog a request from the network belongs to. */
  ofRequest(request: SipRequest): EdgeDialog | undefined {
    const key = dialogKeyOfRequest(request);
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  ownedBy(app: App): EdgeDialog[] {
    return [...this.#byId.values()].filter((dialog) => dialog.app === app);
  }

  all(): IterableIterator<EdgeDialog> {
    return this.#byId.values();
  }
}

/** A dialog as it enters the table. */
export function newEdgeDialog(
  parts: Pick<EdgeDialog, 'id' | 'app' | 'usage' | 'firstTransactionId' | 'dialog'>,
): EdgeDialog {
  return {
    ...parts,
    confirmed: false,
    natTarget: undefined,
    answering: new Set(),
    pendingInvite: undefined,
    pending: new Set(),
    unacknowledged: new Map(),
    reinvite: undefined,
    endAfterAck: undefined,
    keys: new Set(),
  };
}

/**
 * Where requests to a peer go when its Contact cannot be reached as written: over UDP the packet's source when it
 * is not the Contact's address, over a connection that very connection. Undefined where the Contact (or a proxy
 * that record-routed) will do.
 * @param message what named the Contact: the INVITE, or the 2xx to ours
 */
export function peerTarget(message: SipMessage, { source, flow }: Arrival): Target | undefined {
  const nearest = message.headers.recordRoutes.at(message.kind === 'response' ? -1 : 0);
  if (nearest) return hiddenProxy(message, nearest.uri, { source, flow });
  const [contact] = message.headers.contacts;
  const uri = contact && parseUri(contact.uri);
  if (!uri || uri.kind !== 'sip') return undefined;
  const samePort = (uri.port ?? 5060) === source.port;
  if (source.protocol !== 'udp')
    return samePort && uri.host === source.host ? undefined : { ...source, flow };
  // A 2xx may come from another port of the same host; only its host tells of a NAT.
  const asWritten = uri.host === source.host && (samePort || message.kind === 'response');
  return asWritten ? undefined : { protocol: 'udp', host: source.host, port: source.port };
}

// Our call was answered through a proxy whose Record-Route shows an address of its own network.
function hiddenProxy(
  { kind }: SipMessage,
  recordRoute: string,
  { source, flow }: Pick<Arrival, 'source' | 'flow'>,
): Target | undefined {
  const uri = parseUri(recordRoute);
  if (kind === 'request' || uri?.kind !== 'sip' || uri.host === source.host || !isPrivate(uri.host))
    return undefined;
  return source.protocol === 'udp' ? { ...source } : { ...source, flow };
}
