// The way to the telephone network: trunks to carriers, which dialled number leads where, and which numbers may be called out.
// Settings, not state: what a trunk is doing now is the SIP edge's to know.

export interface Trunking {
  trunks(): Promise<readonly Trunk[]>;
  /** Deny by default: a number under no route is not called. */
  outboundRoutes(): Promise<readonly OutboundRoute[]>;
  /** How numbers are written here. */
  numbering(): Promise<Numbering>;
  /** Where a number dialled from outside leads; undefined when nothing answers it. */
  inboundNumber(number: string): Promise<InboundTarget | undefined>;
}

/** Whom an inbound number reaches. A flow is an IVR's. */
export type InboundTarget =
  | { readonly kind: 'queue'; readonly queueId: string }
  | { readonly kind: 'agent'; readonly agentId: string }
  | { readonly kind: 'flow'; readonly flowId: string };

/** One carrier, or one way to a carrier. It may be known in several ways at once. */
export interface Trunk {
  /** `[a-z0-9-]{1,32}` */
  readonly name: string;
  /** Calls from these source addresses are its own: IPv4/IPv6 literals or CIDR. */
  readonly addresses: readonly string[];
  /** Calls that prove this password are its own, wherever they come from. RFC 3261 section 22. */
  readonly inboundLogin?: { readonly username: string; readonly ha1: string };
  /** Where calls out go, `host`, `host:port`, IPv6 in brackets; absent: it takes none. */
  readonly destination?: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** What we prove to the carrier. It is proved to this realm only, where one is named. */
  readonly outboundLogin?: { readonly username: string; readonly password: string; readonly realm?: string };
  /** We register with the carrier, at `destination`, as `outboundLogin`. */
  readonly registers: boolean;
  /** Asked for by the registration, seconds; the carrier may grant less. */
  readonly registerSeconds: number;
  /** Caller numbers the carrier lets us show: E.164 with `+`, or a prefix of one ending in `*`. */
  readonly callerNumbers: readonly string[];
  /** Stands for a caller who withholds her number, or whose number is not among `callerNumbers`. */
  readonly defaultCaller?: string;
  /** How the called number is written for the carrier. */
  readonly numberFormat: 'plus' | 'digits' | 'national';
  /** We say who calls in P-Asserted-Identity, and whether it is to be shown in Privacy (RFC 3325, RFC 3323). */
  readonly assertsIdentity: boolean;
  /** We believe the carrier's P-Asserted-Identity. */
  readonly trustsIdentity: boolean;
  /** Calls at once, both directions counted; absent: no limit of its own. */
  readonly maxCalls?: number;
  /** New calls out per second; absent: no limit of its own. */
  readonly callsPerSecond?: number;
  /** Asked with OPTIONS whether it is there. */
  readonly qualify: boolean;
}

/** Numbers that begin alike, and the trunks they go through. The longest prefix that fits decides. */
export interface OutboundRoute {
  /** E.164 beginning with `+`, or a short code in full. */
  readonly prefix: string;
  /** In the order they are tried; empty: numbers of this prefix are refused. */
  readonly trunks: readonly string[];
}

export interface Numbering {
  /** Without `+`: `49`. */
  readonly countryCode: string;
  /** Dialled before a country code: `00`. */
  readonly internationalPrefix: string;
  /** Dialled before an area code, `0`; empty where there is none. */
  readonly nationalPrefix: string;
}

/** What an administrator states; a part that is absent is left as it is, one that is there replaces all that was. */
export interface TrunkingSettings {
  readonly trunks?: readonly Trunk[];
  readonly routes?: readonly OutboundRoute[];
  readonly numbering?: Numbering;
  readonly numbers?: readonly { readonly number: string; readonly target: InboundTarget }[];
}

/** What holds of a trunk of which only a name is stated: calls from nowhere, none out. */
export const trunkDefaults = {
  addresses: [],
  transport: 'udp',
  registers: false,
  registerSeconds: 600,
  callerNumbers: [],
  numberFormat: 'plus',
  assertsIdentity: true,
  trustsIdentity: false,
  qualify: true,
} as const satisfies Omit<Trunk, 'name'>;
