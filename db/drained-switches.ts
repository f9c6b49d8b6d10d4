// Media switches that are being emptied: a person's wish, so it is acknowledged after its commit.

import type { DrainedSwitches } from '../app/ports/telephony.ts';
import type { Connections } from './dialect.ts';
import { patiently } from './patience.ts';

export const createDrainedSwitches = ({ read, write }: Connections, patienceMs: number): DrainedSwitches => ({
  async all() {
    const rows = await read('drained_switches').select<{ switch: string }[]>('switch');
    return rows.map((row) => row.switch);
  },
  async keep(name, draining) {
    await patiently(async () => {
      if (draining) await write('drained_switches').insert({ switch: name }).onConflict('switch').ignore();
      else await write('drained_switches').where({ switch: name }).delete();
    }, patienceMs);
  },
});
