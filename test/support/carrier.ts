// The telephone network behind a trunk: numbers that answer, refuse or let themselves be heard as a test says, and the trunking file that
// leads there.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PhoneBank, type Phone, type PhoneScript } from './sip-phone.ts';
import type { PhoneCall } from './sip-phone-call.ts';
import { until } from './until.ts';

/** What the trunk lets us show. */
export const ownNumbers = ['+4930999001', '+4930999002'] as const;

export class Carrier {
  readonly #bank: PhoneBank;
  readonly #folder: string;
  /** What a trunking file says of it, for one that says more. */
  readonly trunking: object;
  /** For the environment of a Cordboard. */
  readonly env: Readonly<Record<string, string>>;

  private constructor(bank: PhoneBank, folder: string) {
    this.#bank = bank;
    this.#folder = folder;
    const file = path.join(folder, 'trunking.json');
    this.env = { CORDBOARD_TRUNKING_FILE: file };
    const trunk = {
      name: 'outside',
      destination: bank.address,
      callerNumbers: ownNumbers,
      defaultCaller: ownNumbers[0],
    };
    this.trunking = { trunks: [trunk], routes: [{ prefix: '+49', trunks: [trunk.name] }] };
    writeFileSync(file, JSON.stringify(this.trunking));
  }

  static async open(): Promise<Carrier> {
    return new Carrier(await PhoneBank.open(), mkdtempSync(path.join(tmpdir(), 'cordboard-carrier-')));
  }

  /** A telephone with this number, `+` and digits. */
  number(number: string, script: PhoneScript): Phone {
    return this.#bank.phone(number, script);
  }

  /** The next call to a telephone that has had `known` of them. */
  call(phone: Phone, known = 0): Promise<PhoneCall> {
    return until('the carrier is called', () => phone.calls[known], { withinMs: 20_000 });
  }

  async close(): Promise<void> {
    await this.#bank.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
