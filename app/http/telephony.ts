// Trunks, bans and media switches over REST.

import type { Telephony, TelephonyEvent } from '../ports/telephony.ts';
import { Refused } from '../realtime/commands.ts';
import type { Asked, Implementation } from './routes.ts';

export interface TelephonyDoor {
  readonly telephony: Telephony;
  readonly tell: (event: TelephonyEvent) => void;
}

type Operations = 'listTrunks' | 'listBans' | 'liftBan' | 'listSwitches' | 'drainSwitch' | 'undrainSwitch';

const done = { ok: true } as const;

export function telephony({ telephony: door, tell }: TelephonyDoor): Pick<Implementation, Operations> {
  const drain =
    (draining: boolean) =>
    async ({ principal, param }: Pick<Asked<'drainSwitch'>, 'principal' | 'param'>) => {
      const name = param('switchName');
      if (!(await door.drain(name, draining))) throw new Refused('not_found');
      const kind = draining ? 'switch.drained' : 'switch.undrained';
      tell({ kind, switch: name, by: principal.username });
      return done;
    };
  return {
    listTrunks: () => ({ trunks: door.trunks().map((trunk) => ({ ...trunk })) }),
    listBans: () => ({ bans: door.bans().map((ban) => ({ ...ban })) }),
    liftBan({ principal, body: { source } }) {
      if (!door.liftBan(source)) throw new Refused('not_banned', 'It is not turned away');
      tell({ kind: 'ban.lifted', source, by: principal.username });
      return done;
    },
    listSwitches: () => ({ switches: door.switches().map((one) => ({ ...one })) }),
    drainSwitch: drain(true),
    undrainSwitch: drain(false),
  };
}
