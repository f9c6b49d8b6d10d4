// Telephony without any: what a test puts into it, and what was asked of it.

import type { Ban, SwitchState, Telephony, TrunkHealth } from '../../app/ports/telephony.ts';

export class FakeTelephony implements Telephony {
  readonly trunkList: TrunkHealth[] = [];
  readonly banned: Ban[] = [];
  readonly switchList: SwitchState[] = [];

  trunks(): readonly TrunkHealth[] {
    return this.trunkList;
  }

  bans(): readonly Ban[] {
    return this.banned;
  }

  liftBan(source: string): boolean {
    const at = this.banned.findIndex((ban) => ban.source === source);
    return at >= 0 && this.banned.splice(at, 1).length > 0;
  }

  switches(): readonly SwitchState[] {
    return this.switchList;
  }

  async drain(name: string, draining: boolean): Promise<boolean> {
    const at = this.switchList.findIndex((one) => one.name === name);
    const known = this.switchList[at];
    if (known) this.switchList[at] = { ...known, draining };
    return known !== undefined;
  }
}
