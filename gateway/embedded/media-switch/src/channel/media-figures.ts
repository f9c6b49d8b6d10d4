// The rtp_audio_… variables of CHANNEL_HANGUP_COMPLETE: what came, what went, and how good it was, by FreeSWITCH's names.

import type { RtpCounters } from '../media/protocol.ts';
import type { Channel } from './channel.ts';

/** Share of packets that came well, in percent; 100 while nothing came. */
const qualityOf = ({ inPackets, lostPackets, inLatePackets }: RtpCounters): number => {
  const expected = inPackets + lostPackets;
  if (expected === 0) return 100;
  return Math.max(0, 100 * (1 - (lostPackets + inLatePackets) / expected));
};

/** Mean opinion score of a transmission rating (ITU-T G.107 annex B), the rating being the quality in percent. */
const opinionOf = (rating: number): number =>
  1 + 0.035 * rating + 0.000_007 * rating * (rating - 60) * (100 - rating);

/** Writes them all. */
export function setMediaVariables(channel: Channel, counters: RtpCounters): void {
  const set = (name: string, value: number | string): void => channel.set(`rtp_audio_${name}`, value);
  const quality = qualityOf(counters);
  const expected = counters.inPackets + counters.lostPackets;
  set('in_raw_bytes', counters.inBytes);
  set('in_media_bytes', counters.inMediaBytes);
  set('in_packet_count', counters.inPackets);
  set('in_media_packet_count', counters.inPackets - counters.inDtmfPackets - counters.inCngPackets);
  set('in_skip_packet_count', counters.concealedFrames);
  set('in_jitter_packet_count', counters.inLatePackets);
  set('in_dtmf_packet_count', counters.inDtmfPackets);
  set('in_cng_packet_count', counters.inCngPackets);
  set('in_flush_packet_count', 0);
  set('in_stranger_packet_count', counters.inStrangerPackets);
  set('in_largest_jb_size', Math.round(counters.largestDelayMs));
  set('in_jitter_min_variance', counters.leastJitterMs.toFixed(2));
  set('in_jitter_max_variance', counters.mostJitterMs.toFixed(2));
  set('in_jitter_loss_rate', expected === 0 ? '0.00' : (counters.lostPackets / expected).toFixed(2));
  set('in_mean_interval', counters.meanIntervalMs.toFixed(2));
  set('in_flaw_total', counters.lostPackets + counters.inLatePackets);
  set('in_quality_percentage', quality.toFixed(2));
  set('in_mos', opinionOf(quality).toFixed(2));
  set('out_raw_bytes', counters.outBytes);
  set('out_media_bytes', counters.outMediaBytes);
  set('out_packet_count', counters.outPackets);
  set('out_media_packet_count', counters.outPackets - counters.outDtmfPackets);
  set('out_skip_packet_count', 0);
  set('out_dtmf_packet_count', counters.outDtmfPackets);
  set('out_cng_packet_count', 0);
  set('rtcp_packet_count', counters.rtcpPackets);
  set('rtcp_octet_count', counters.rtcpOctets);
  set('rtcp_peer_lost_packet_count', counters.peerLostPackets);
  if (counters.roundTripMs !== undefined) set('rtcp_round_trip_ms', counters.roundTripMs.toFixed(1));
}
