// Who may speak to the edge at all: limits per source, scanners known by name or by behaviour, and bans. What it refuses costs one short answer.
//
// A flow (address, port, transport) that proved a password is spoken to whatever others behind the same address do: a colleague's mistyped password,
// or a scanner in the same office, must not silence a good phone.

import type { Ban, BanReason } from '../../app/ports/telephony.ts';
import { Bans } from './bans.ts';
import type { EdgeRequest } from './edge-request.ts';
import type { EdgeLog } from './log.ts';
import { RateLimit } from './rate-limit.ts';
import { flowOf } from './registrar.ts';
import { Strikes } from './strikes.ts';

export interface GuardOptions {
  /** The switch, trunks, the server itself, and networks an administrator vouches for: never limited, never banned. */
  readonly isTrusted: (address: string) => boolean;
  readonly now: () => number;
  readonly log: EdgeLog;
}

/** A minute's wrong passwords of one address. */
const wrongPasswords = { strikes: 20, withinMs: 60_000, sources: 10_000 };
/** Different users one address asked for and never proved to be. */
const vainUsers = { strikes: 20, withinMs: 60_000, sources: 10_000 };
/** Requests turned away for being too many. */
const turnedAway = { strikes: 1_000, withinMs: 10_000, sources: 10_000 };
/** Of one source, sustained; a second's worth comes at once. An office that boots after a power cut stays below. */
const requestsPerSecond = 60;
const flowsKept = 20_000;

/** Tools that look for SIP servers to abuse, as they name themselves. */
const scanners =
  /friendly-scanner|friendly-request|sipvicious|sundayddr|sip-?scan|sipcli|vaxsipuseragent|vaxasip|iwar\b|siparmyknife|sipptk|svmap|svwar|svcrack|smap\b|pplsip|sip ?killer|elite ?dialer|masscan|zgrab|nmap/i;

export class Guard {
  readonly #options: GuardOptions;
  readonly #bans = new Bans();
  readonly #wrong = new Strikes(wrongPasswords);
  readonly #vain = new Strikes(vainUsers);
  readonly #turnedAway = new Strikes(turnedAway);
  readonly #rates = new Map<string, RateLimit>();
  /** Flows that once proved a password, oldest first. */
  readonly #proven = new Set<string>();

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** May this request be worked on? If not it has been answered. */
  admits(request: EdgeRequest): boolean {
    const { address } = request.source;
    if (this.#options.isTrusted(address)) return true;
    const now = this.#options.now();
    const flow = flowOf(request.source);
    const isProven = this.#proven.has(flow);
    if (!isProven && this.#bans.isBanned(address, now)) return this.#refuse(request, 403);
    if (!isProven && isScanner(request)) {
      this.#ban(address, 'scanner');
      return this.#refuse(request, 403);
    }
    if (this.#hasRoom(isProven ? flow : address, now)) return true;
    if (this.#turnedAway.strike(address, now)) this.#ban(address, 'too many requests');
    return this.#refuse(request, 503, { 'Retry-After': '5' });
  }

  wrongPassword({ source, method }: EdgeRequest): void {
    const { log, now } = this.#options;
    this.#proven.delete(flowOf(source));
    log.info({ source: source.address, method }, 'wrong SIP password');
    if (this.#wrong.strike(source.address, now())) this.#ban(source.address, 'wrong passwords');
  }

  /** A stranger was asked who she is. @param user whom she would be */
  challenged({ source }: EdgeRequest, user: string): void {
    const { now } = this.#options;
    if (this.#proven.has(flowOf(source))) return;
    if (this.#vain.strike(source.address, now(), user)) this.#ban(source.address, 'guessing users');
  }

  /** She is. */
  proved({ source }: EdgeRequest, user: string): void {
    const flow = flowOf(source);
    this.#vain.forgive(source.address, user);
    this.#proven.delete(flow);
    this.#proven.add(flow);
    const [oldest] = this.#proven;
    if (this.#proven.size > flowsKept && oldest !== undefined) this.#proven.delete(oldest);
  }

  bans(): readonly Ban[] {
    return this.#bans.list(this.#options.now());
  }

  lift(source: string): boolean {
    const lifted = this.#bans.lift(source, this.#options.now());
    if (lifted) this.#options.log.info({ source }, 'ban lifted');
    return lifted;
  }

  #ban(source: string, reason: BanReason): void {
    const { isTrusted, log, now } = this.#options;
    if (isTrusted(source)) return;
    const ban = this.#bans.ban(source, reason, now());
    if (ban) log.warn({ source, reason, seconds: (ban.until - ban.since) / 1_000 }, 'source banned');
  }

  #hasRoom(key: string, now: number): boolean {
    let rate = this.#rates.get(key);
    if (rate) this.#rates.delete(key);
    rate ??= new RateLimit(requestsPerSecond);
    this.#rates.set(key, rate);
    const [oldest] = this.#rates.keys();
    if (this.#rates.size > flowsKept && oldest !== undefined) this.#rates.delete(oldest);
    return rate.take(now);
  }

  #refuse(request: EdgeRequest, status: 403 | 503, headers: Record<string, string> = {}): false {
    request.respond(status, { headers });
    return false;
  }
}

/** Named in any of the headers these tools sign with. */
function isScanner(request: EdgeRequest): boolean {
  return ['User-Agent', 'From', 'Subject', 'Contact'].some((name) =>
    scanners.test((request.header(name) ?? '').slice(0, 512)),
  );
}
