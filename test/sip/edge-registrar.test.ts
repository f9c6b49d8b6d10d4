// Phones register at the edge: real baresip over UDP and TCP, and raw peers for what no good phone does.

import { afterAll, beforeAll, expect } from 'vitest';
import { phoneMissing, startPhone } from '../support/baresip.ts';
import { passwords, registerPeer, startEdgeWorld, type EdgeWorld } from '../support/edge-peers.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { edgeSuite } from '../support/sip-servers.ts';
import { until } from '../support/until.ts';

edgeSuite('registering', ({ test, server }) => {
  let world: EdgeWorld;
  beforeAll(async () => {
    world = await startEdgeWorld(server());
  });
  afterAll(async () => {
    await world.close();
    expect(world.errors).toEqual([]);
  });

  for (const transport of ['udp', 'tcp'] as const) {
    test(`a real phone registers with its password over ${transport} and unregisters when it is switched off`, async () => {
      expect(phoneMissing()).toBeUndefined();
      const phone = await startPhone({
        user: '1001',
        password: passwords['1001'] ?? '',
        edge: world.address,
        transport,
      });
      try {
        await phone.registered();
        const [binding] = await world.registrations.of('1001', Date.now());
        expect(binding?.flow).toMatch(new RegExp(`^${transport}:127\\.0\\.0\\.1:\\d+$`));
        expect(binding?.userAgent).toMatch(/baresip/);
        expect(world.told.at(-1)).toBe('1001 reachable');
      } finally {
        await phone.stop();
      }
      await until('the phone is unregistered', () => world.told.at(-1) === '1001 unregistered');
    });
  }

  test('a wrong password hears 403, and so does a user who does not exist', async () => {
    const phone = await startPhone({ user: '1001', password: 'wrong', edge: world.address });
    try {
      expect(await phone.registrationRefused()).toMatch(/^403/);
    } finally {
      await phone.stop();
    }
    for (const user of ['1001', 'nobody']) {
      const peer = await SipPeer.udp(server().sip, user);
      expect((await registerPeer(peer, { password: 'wrong' })).startLine).toBe('SIP/2.0 403 Forbidden');
      await peer.close();
    }
  });
});
