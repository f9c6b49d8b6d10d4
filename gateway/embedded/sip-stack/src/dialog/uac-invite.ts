// One INVITE that we send: its early and forked dialogs (RFC 3261 13.2.2, 12.1.2), reliable provisionals in order
// (RFC 3262 section 4), the ACK to each 2xx, sent again whenever that 2xx comes again (13.2.2.4).
import type { HeaderFields, SipRequest, SipResponse } from '../message/types.ts';
import type { ClientTransaction } from '../transaction/types.ts';
import type { Arrival, ListeningPoint, Outgoing, Target } from '../transport/types.ts';
import type { SipStack, UacInviteOptions } from '../types.ts';
import { dialogAsUac, limitReach } from './dialog.ts';
import type { AckOptions, Dialog, RequestOptions, UacInvite, UacInviteEvents } from './types.ts';

export function createUacInvite(
  stack: SipStack,
  request: SipRequest,
  target: Target,
  options: UacInviteOptions,
): UacInvite {
  return new LiveUacInvite(stack, request, target, options);
}

/** What is known of one fork, by the To tag of its responses. */
interface Fork {
  readonly dialog: Dialog;
  lastRSeq: number | undefined;
  answered: boolean;
  /** Sends the ACK again. */
  acknowledge: (() => void) | undefined;
}

class LiveUacInvite implements UacInvite {
  readonly transaction: ClientTransaction;
  events: UacInviteEvents = {};
  readonly #stack: SipStack;
  readonly #from: ListeningPoint | undefined;
  /** The dialog a re-INVITE is sent in. */
  readonly #inside: Dialog | undefined;
  readonly #forks = new Map<string, Fork>();

  constructor(stack: SipStack, request: SipRequest, target: Target, options: UacInviteOptions) {
    this.#stack = stack;
    this.#from = options.from;
    this.#inside = options.dialog;
    this.transaction = stack.clientTransaction(request, target, {
      ...options,
      events: {
        response: (response, arrival) => this.#receive(response, arrival),
        timedOut: () => {
          this.#endEarly();
          this.events.timedOut?.();
        },
        transportFailed: (failure) => {
          this.#endEarly();
          this.events.transportFailed?.(failure);
        },
        // 13.2.2.4: 64*T1 after the first 2xx no further fork can answer.
        terminated: () => this.#endEarly(),
      },
    });
  }

  readonly #reaches = (target: Target): boolean => this.#stack.listeningPointFor(target) !== undefined;

  get dialogs(): readonly Dialog[] {
    return [...this.#forks.values()].map(({ dialog }) => dialog);
  }

  send(): void {
    this.transaction.send();
  }

  ack(dialog: Dialog, options: AckOptions = {}): Outgoing<SipRequest> {
    const { target = dialog.nextHop() ?? this.transaction.destination, ...rest } = options;
    const invite = this.transaction.request.headers;
    // 13.2.2.4: the same credentials as the INVITE.
    const credentials = {
      Authorization: invite.all('authorization'),
      'Proxy-Authorization': invite.all('proxy-authorization'),
    };
    const headers = { ...credentials, ...rest.headers };
    const ack = dialog.createAck(invite.cseq.number, { ...rest, headers });
    const branch = this.#stack.newBranch();
    const make = (): Outgoing<SipRequest> =>
      this.#stack.statelessRequest(ack, target, { branch, ...(this.#from ? { from: this.#from } : {}) });
    const outgoing = make();
    const fork = [...this.#forks.values()].find((one) => one.dialog === dialog);
    return {
      ...outgoing,
      send: () => {
        if (fork) fork.acknowledge = () => make().send();
        outgoing.send();
      },
    };
  }

  createPrack(dialog: Dialog, response: SipResponse, options: RequestOptions = {}): SipRequest {
    const { rseq, cseq } = response.headers;
    const headers = { RAck: `${rseq ?? 0} ${cseq.number} ${cseq.method}`, ...options.headers };
    return dialog.createRequest('PRACK', { ...options, headers });
  }

  createCancel(options: { headers?: HeaderFields } = {}): ClientTransaction | undefined {
    return this.transaction.createCancel(options);
  }

  abandon(): void {
    this.events = {};
    this.transaction.abandon();
    this.#endEarly();
  }

  #receive(response: SipResponse, arrival: Arrival): void {
    const { status } = response;
    if (status === 100) this.events.trying?.(response, arrival);
    else if (status < 200) this.#progress(response, arrival);
    else if (status < 300) this.#answer(response, arrival);
    else {
      this.#endEarly();
      this.events.rejected?.(response, arrival);
    }
  }

  #progress(response: SipResponse, arrival: Arrival): void {
    const { headers } = response;
    const fork = headers.to.tag === undefined ? undefined : this.#forkOf(response);
    const { rseq } = headers;
    const reliable = rseq !== undefined && headers.names('Require', '100rel');
    if (reliable && fork) {
      // RFC 3262 4: in order, each once; what comes out of order will be repeated by the peer.
      if (fork.lastRSeq !== undefined && rseq !== fork.lastRSeq + 1) return;
      fork.lastRSeq = rseq;
    }
    this.events.progress?.(response, {
      dialog: fork?.dialog,
      reliable: reliable && fork !== undefined,
      arrival,
    });
  }

  #answer(response: SipResponse, arrival: Arrival): void {
    const fork = this.#forkOf(response);
    if (fork.answered) {
      fork.acknowledge?.();
      return;
    }
    fork.answered = true;
    fork.dialog.receiveResponse(this.transaction.request, response);
    this.events.answered?.(response, fork.dialog, arrival);
  }

  #forkOf(response: SipResponse): Fork {
    const tag = response.headers.to.tag ?? '';
    let fork = this.#forks.get(tag);
    if (!fork) {
      const dialog =
        this.#inside ?? limitReach(dialogAsUac(this.transaction.request, response), this.#reaches);
      fork = { dialog, lastRSeq: undefined, answered: false, acknowledge: undefined };
      this.#forks.set(tag, fork);
    }
    return fork;
  }

  #endEarly(): void {
    for (const { dialog } of this.#forks.values()) if (dialog.state === 'early') dialog.terminate();
  }
}
