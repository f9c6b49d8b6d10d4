// Where phones are registered. Kept in the database so that a restart of the control plane loses no phone.

export interface Registration {
  /** User part of the address of record. */
  readonly address: string;
  /** Contact URI as the phone gave it. */
  readonly contact: string;
  /** Where requests to it are really sent: `udp:192.0.2.7:5062` (source of the REGISTER, RFC 3581). */
  readonly flow: string;
  readonly callId: string;
  readonly cseq: number;
  readonly userAgent: string;
  readonly expiresAt: number;
}

export interface Registrations {
  /** Live registrations of an address, freshest first. */
  of(address: string, now: number): Promise<readonly Registration[]>;
  all(now: number): Promise<readonly Registration[]>;
  save(registration: Registration): Promise<void>;
  remove(address: string, contact: string): Promise<void>;
  removeExpired(now: number): Promise<readonly Registration[]>;
}
