// What the telephony process tells of itself: its two servers' own counts, as gauges.

import type { MediaSwitch } from '@cordboard/media-switch';
import type { SipServer } from '@cordboard/sip-server';
import { activeResources, one, type Gauge } from './metrics.ts';

export interface Servers {
  readonly sipServer?: SipServer;
  readonly mediaSwitch?: MediaSwitch;
}

export async function gaugesOf({ sipServer, mediaSwitch }: Servers): Promise<readonly Gauge[]> {
  return [
    ...(sipServer ? sipServerGauges(sipServer) : []),
    ...(mediaSwitch ? await switchGauges(mediaSwitch) : []),
    activeResources(),
  ];
}

function sipServerGauges(server: SipServer): Gauge[] {
  const vitals = server.vitals();
  const lingering = vitals.clientTransactions + vitals.serverTransactions - vitals.openTransactions;
  return [
    one('sip_server_dialogs', 'Dialogs an application owns', vitals.dialogs),
    one('sip_server_proxied_requests', 'Requests being proxied, without a final response', vitals.proxies),
    one('sip_server_inbound_requests', 'Requests an application has not answered', vitals.inbound),
    one('sip_server_outbound_requests', 'Requests of an application, not answered yet', vitals.outbound),
    transactions('sip_server', vitals.openTransactions, lingering),
    one('sip_server_connections', 'TCP connections of phones and trunks', vitals.connections),
    one('sip_server_applications', 'Applications on the control port', vitals.applications),
  ];
}

async function switchGauges(mediaSwitch: MediaSwitch): Promise<Gauge[]> {
  const { channels, dialogs, transactions: all, openTransactions, clients } = mediaSwitch.counts();
  const { legs } = await mediaSwitch.mediaCounters();
  return [
    one('media_switch_channels', 'Channels', channels),
    one('media_switch_dialogs', 'SIP dialogs of the switch', dialogs),
    transactions('media_switch', openTransactions, all - openTransactions),
    one('media_switch_media_legs', 'Legs with RTP sockets in the media thread', legs),
    one('media_switch_event_socket_clients', 'Connections to the event socket', clients),
  ];
}

const transactions = (server: string, open: number, lingering: number): Gauge => ({
  name: `${server}_transactions`,
  help: 'SIP transactions: open, or lingering to absorb what is repeated (RFC 3261 17)',
  samples: [
    { labels: { phase: 'open' }, value: open },
    { labels: { phase: 'lingering' }, value: lingering },
  ],
});
