// A dialog (RFC 3261 section 12): who the two parties are, where requests go, in which order they count. No I/O.
//
//      101–199 with tags            2xx
//   ──────────────────► early ─────────────► confirmed ──BYE, failure──► terminated
//      2xx ─────────────────────────────────────►│
import { createRequest } from '../message/build.ts';
import type { HeaderFields, NameAddr, SipRequest, SipResponse, SipUri } from '../message/types.ts';
import { formatUri, parseUri } from '../message/uri.ts';
import { targetOf } from '../transport/resolve.ts';
import type { Target } from '../transport/types.ts';
import type { Dialog, DialogState, DialogVerdict, RequestOptions } from './types.ts';

/** The one name of a dialog on our side. */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId} ${localTag} ${remoteTag}`;
}

/** Key of the dialog a received request belongs to (12.2.2); undefined when it is outside of any. */
export function dialogKeyOfRequest(request: SipRequest): string | undefined {
  const { callId, from, to } = request.headers;
  return to.tag === undefined ? undefined : dialogKey(callId, to.tag, from.tag ?? '');
}

/** Requests whose Contact changes where the dialog's requests go (RFC 3261, 3311, 6665, 3515). */
const REFRESHING: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

interface DialogParts {
  readonly role: 'uas' | 'uac';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly localParty: string;
  readonly remoteParty: string;
  readonly remoteTarget: string;
  readonly routeSet: readonly string[];
  readonly localCSeq: number;
  readonly remoteCSeq: number | undefined;
  readonly secure: boolean;
  readonly state: DialogState;
  readonly localContact: string | undefined;
}

/**
 * The dialog that our response to a request makes (12.1.1).
 * @param response ours, 101–299, with a To tag
 */
export function dialogAsUas(request: SipRequest, response: SipResponse): Dialog {
  const { from, callId, cseq } = request.headers;
  return new LiveDialog({
    role: 'uas',
    callId,
    localTag: response.headers.to.tag ?? '',
    remoteTag: from.tag ?? '',
    localParty: response.headers.get('to') ?? '',
    remoteParty: request.headers.get('from') ?? '',
    remoteTarget: request.headers.contacts[0]?.uri ?? from.uri,
    routeSet: request.headers.list('record-route'),
    // Only used once we send a request; 8.1.1.5 lets it start anywhere.
    localCSeq: 0,
    remoteCSeq: cseq.number,
    secure: request.uri.toLowerCase().startsWith('sips:'),
    state: response.status >= 200 ? 'confirmed' : 'early',
    localContact: response.headers.get('contact'),
  });
}

/**
 * The dialog that a peer's response to our request makes (12.1.2).
 * @param response received, 101–299, with a To tag (RFC 2543 peers: without)
 */
export function dialogAsUac(request: SipRequest, response: SipResponse): Dialog {
  const { from, callId, cseq } = request.headers;
  return new LiveDialog({
    role: 'uac',
    callId,
    localTag: from.tag ?? '',
    remoteTag: response.headers.to.tag ?? '',
    localParty: request.headers.get('from') ?? '',
    remoteParty: response.headers.get('to') ?? '',
    remoteTarget: response.headers.contacts[0]?.uri ?? request.uri,
    routeSet: response.headers.list('record-route').reverse(),
    localCSeq: cseq.number,
    remoteCSeq: undefined,
    secure: request.uri.toLowerCase().startsWith('sips:'),
    state: response.status >= 200 ? 'confirmed' : 'early',
    localContact: request.headers.get('contact'),
  });
}

class LiveDialog implements Dialog {
  readonly role: 'uas' | 'uac';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly key: string;
  readonly localParty: string;
  readonly remoteParty: string;
  readonly secure: boolean;
  localContact: string | undefined;
  /** Whether there is a way out to a target at all; see `limitReach`. */
  reaches: (target: Target) => boolean = () => true;
  #state: DialogState;
  #remoteTarget: string;
  #routeSet: readonly string[];
  #localCSeq: number;
  #remoteCSeq: number | undefined;

  constructor(parts: DialogParts) {
    this.role = parts.role;
    this.callId = parts.callId;
    this.localTag = parts.localTag;
    this.remoteTag = parts.remoteTag;
    this.key = dialogKey(parts.callId, parts.localTag, parts.remoteTag);
    this.localParty = parts.localParty;
    this.remoteParty = parts.remoteParty;
    this.secure = parts.secure;
    this.localContact = parts.localContact;
    this.#state = parts.state;
    this.#remoteTarget = parts.remoteTarget;
    this.#routeSet = parts.routeSet;
    this.#localCSeq = parts.localCSeq;
    this.#remoteCSeq = parts.remoteCSeq;
  }

  get state(): DialogState {
    return this.#state;
  }

  get remoteTarget(): string {
    return this.#remoteTarget;
  }

  get routeSet(): readonly string[] {
    return this.#routeSet;
  }

  get localCSeq(): number {
    return this.#localCSeq;
  }

  get remoteCSeq(): number | undefined {
    return this.#remoteCSeq;
  }

  createRequest(method: string, options: RequestOptions = {}): SipRequest {
    const cseq = options.cseq ?? this.#localCSeq + 1;
    this.#localCSeq = Math.max(this.#localCSeq, cseq);
    return this.#build(method, cseq, options);
  }

  createAck(inviteCSeq: number, options: RequestOptions = {}): SipRequest {
    return this.#build('ACK', inviteCSeq, options);
  }

  nextHop(): Target | undefined {
    const first = this.#routeSet[0];
    const target = targetOf(first === undefined ? this.#remoteTarget : uriOf(first));
    return target && this.reaches(target) ? target : undefined;
  }

  receiveRequest(request: SipRequest): DialogVerdict {
    const { number } = request.headers.cseq;
    // 12.2.2: lower is out of order. Equal is a request under another branch that we have seen already.
    if (this.#remoteCSeq !== undefined && number <= this.#remoteCSeq)
      return { outcome: 'refuse', status: 500, reason: 'CSeq Out Of Order' };
    this.#remoteCSeq = number;
    if (REFRESHING.has(request.method)) this.#refresh(request.headers.contacts[0]);
    return { outcome: 'ok' };
  }

  receiveResponse(request: SipRequest, response: SipResponse): void {
    if (response.status < 200 || response.status > 299) return;
    if (this.#state === 'early' && request.method === 'INVITE') {
      this.#state = 'confirmed';
      // 13.2.2.4: the 2xx decides about the route set, whatever the provisional said.
      if (this.role === 'uac') this.#routeSet = response.headers.list('record-route').reverse();
    }
    if (REFRESHING.has(request.method)) this.#refresh(response.headers.contacts[0]);
  }

  /** Our 2xx left: a UAS dialog is confirmed by it. */
  confirm(localContact: string | undefined): void {
    if (this.#state === 'early') this.#state = 'confirmed';
    if (localContact !== undefined) this.localContact = localContact;
  }

  terminate(): void {
    this.#state = 'terminated';
  }

  #refresh(contact: NameAddr | undefined): void {
    if (contact) this.#remoteTarget = contact.uri;
  }

  /** 12.2.1.1: loose routers stay in Route; a strict router's URI becomes the request URI and the target goes last. */
  #build(method: string, cseq: number, options: RequestOptions): SipRequest {
    const [first, ...rest] = this.#routeSet;
    const strict = first !== undefined && !isLoose(first);
    const routes = strict ? [...rest, `<${this.#remoteTarget}>`] : this.#routeSet;
    const contact = options.contact ?? (REFRESHING.has(method) ? this.localContact : undefined);
    const headers: HeaderFields = { Route: routes, Contact: contact, ...options.headers };
    return createRequest({
      method,
      uri: strict ? withoutHeaders(uriOf(first)) : this.#remoteTarget,
      from: this.localParty,
      to: this.remoteParty,
      callId: this.callId,
      cseq,
      headers,
      ...(options.body ? { body: options.body } : {}),
    });
  }
}

/** Marks a dialog of ours as confirmed by the 2xx we sent. */
export function confirmDialog(dialog: Dialog, localContact: string | undefined): void {
  if (dialog instanceof LiveDialog) dialog.confirm(localContact);
}

/** A peer may name a transport we do not have: such a dialog has no next hop. */
export function limitReach(dialog: Dialog, reaches: (target: Target) => boolean): Dialog {
  if (dialog instanceof LiveDialog) dialog.reaches = reaches;
  return dialog;
}

function uriOf(route: string): string {
  const open = route.indexOf('<');
  const close = route.indexOf('>', open);
  return open < 0 || close < 0 ? route : route.slice(open + 1, close);
}

function isLoose(route: string): boolean {
  const uri = parseUri(uriOf(route));
  return uri?.kind === 'sip' && uri.params.has('lr');
}

/** 12.2.1.1: the `method` parameter and headers of a strict router's URI do not belong into a request URI. */
function withoutHeaders(text: string): string {
  const uri = parseUri(text);
  if (uri?.kind !== 'sip') return text;
  const params = new Map(uri.params);
  params.delete('method');
  const bare: SipUri = { ...uri, params, headers: undefined };
  return formatUri(bare);
}
