// What the tables hold: requests on their way between applications and the network, and the dialogs applications own. In one
// file, because each names the others.
import type {
  ClientTransaction,
  Dialog,
  ServerTransaction,
  Target,
  TimerHandle,
  UacInvite,
  UasInvite,
} from '@cordboard/sip-stack';
import type { App } from '../control/app-connection.ts';

/** A request handed to an application, which may still answer it. */
export interface InboundRequest {
  /** Transaction id told to the application. */
  readonly id: string;
  readonly transaction: ServerTransaction;
  readonly app: App;
  /** The dialog it came in or has created. */
  dialog: EdgeDialog | undefined;
  /** INVITE only, from the first answer (ours or the application's) on. */
  uas: UasInvite | undefined;
  /** An UPDATE that came before the final answer: the application answers it under this INVITE's id. */
  earlyUpdate: InboundRequest | undefined;
  /** Set while the application has said nothing at all. */
  deadline: TimerHandle | undefined;
}

/** A request an application sent and whose final response is still to come. */
export interface OutboundRequest {
  readonly id: string;
  readonly app: App;
  readonly method: string;
  /** Empty when responses are to carry none. */
  readonly dialogId: string;
  readonly transaction: ClientTransaction;
  readonly uac: UacInvite | undefined;
  dialog: EdgeDialog | undefined;
  cancelled: boolean;
}

/** A dialog an application owns; dialog-table.ts draws its life. */
export interface EdgeDialog {
  readonly id: string;
  readonly app: App;
  readonly usage: 'invite' | 'subscribe';
  /** Transaction id of the request that created it. */
  readonly firstTransactionId: string;
  /** The fork in use: the one last heard of while early, the one answered afterwards. */
  dialog: Dialog;
  confirmed: boolean;
  /** Where requests go instead of the peer's Contact, see `peerTarget`. */
  natTarget: Target | undefined;
  /** The peer's INVITEs being answered, until the ACK. */
  readonly answering: Set<UasInvite>;
  /** The peer's INVITE without a final answer. */
  pendingInvite: InboundRequest | undefined;
  /** Requests of the peer in this dialog that the application has not answered. */
  readonly pending: Set<InboundRequest>;
  /** Our INVITEs, by CSeq number, that got a 2xx and wait for the application's ACK. */
  readonly unacknowledged: Map<number, UacInvite>;
  /** Our re-INVITE without a final response. */
  reinvite: UacInvite | undefined;
  /** The peer gave up after our 2xx: hang up, with this text, as soon as the ACK allows it. */
  endAfterAck: string | undefined;
  readonly keys: Set<string>;
}
