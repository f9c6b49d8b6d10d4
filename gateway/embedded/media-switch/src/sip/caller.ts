// What an INVITE says about the caller, and the channel variables FreeSWITCH makes of it.

import {
  parseNameAddr,
  parseUri,
  type NameAddr,
  type ServerTransaction,
  type SipRequest,
} from '@cordboard/sip-stack';
import type { CallerProfile } from '../channel/states.ts';

interface Party {
  readonly display: string;
  readonly user: string;
  readonly host: string;
  readonly port: string;
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const partyOf = (address: NameAddr | undefined): Party => {
  const uri = address && parseUri(address.uri);
  const display = address?.display ?? '';
  if (uri?.kind === 'sip')
    return { display, user: decoded(uri.user ?? ''), host: uri.host, port: String(uri.port ?? '') };
  return { display, user: uri?.kind === 'tel' ? uri.number : '', host: '', port: '' };
};

/** The caller profile of an inbound call: P-Asserted-Identity stands before From (RFC 3325). */
export function callerOf(request: SipRequest, sourceAddress: string): CallerProfile {
  const from = partyOf(request.headers.from);
  const asserted = request.headers.list('P-Asserted-Identity')[0];
  const identity = asserted === undefined ? undefined : partyOf(parseNameAddr(asserted));
  const caller = identity && identity.user !== '' ? identity : from;
  const uri = parseUri(request.uri);
  const destination = uri?.kind === 'sip' ? decoded(uri.user ?? '') : uri?.kind === 'tel' ? uri.number : '';
  const name = caller.display || from.display || caller.user;
  return {
    username: caller.user,
    idName: name,
    idNumber: caller.user,
    origIdName: name,
    origIdNumber: caller.user,
    ani: caller.user,
    networkAddress: sourceAddress,
    destination,
    calleeName: '',
    calleeNumber: '',
  };
}

/** `sofia/<profile>/<user>@<host>`, the name of an inbound channel. */
export function inboundName(profile: string, request: SipRequest): string {
  const from = partyOf(request.headers.from);
  const port = from.port === '' ? '' : `:${from.port}`;
  return `sofia/${profile}/${from.user === '' ? '' : `${from.user}@`}${from.host}${port}`;
}

const partyVariables = (prefix: string, address: NameAddr | undefined): [string, string][] => {
  const { user, host, port } = partyOf(address);
  const where = `${host}${port === '' ? '' : `:${port}`}`;
  return [
    [`sip_${prefix}_user`, user],
    [`sip_${prefix}_port`, port],
    [`sip_${prefix}_uri`, user === '' ? where : `${user}@${where}`],
    [`sip_${prefix}_host`, host],
  ];
};

/** The `sip_…` variables of an inbound call; of extra headers only `X-…` come through. */
export function inboundVariables(transaction: ServerTransaction, profile: string): [string, string][] {
  const { request, arrival } = transaction;
  const { headers } = request;
  const via = headers.via;
  const variables: [string, string][] = [
    ['sofia_profile_name', profile],
    ['recovery_profile_name', profile],
    ['sip_network_ip', arrival.source.host],
    ['sip_network_port', String(arrival.source.port)],
    ['sip_received_ip', arrival.source.host],
    ['sip_received_port', String(arrival.source.port)],
    ['sip_local_network_addr', arrival.local.host],
    ['sip_via_protocol', arrival.source.protocol],
    ['sip_via_host', via.host],
    ['sip_via_port', String(via.port ?? '')],
    ['sip_call_id', headers.callId],
    ['sip_cseq', String(headers.cseq.number)],
    ['sip_from_tag', headers.from.tag ?? ''],
    ['sip_from_display', headers.from.display],
    ['sip_full_from', headers.get('From') ?? ''],
    ['sip_full_to', headers.get('To') ?? ''],
    ['sip_full_via', headers.all('Via').join(',')],
    ['max_forwards', String(headers.maxForwards ?? '')],
    ...partyVariables('from', headers.from),
    ...partyVariables('to', headers.to),
    ...partyVariables('req', { display: '', uri: request.uri, params: new Map(), tag: undefined }),
    ...partyVariables('contact', headers.contacts[0]),
  ];
  for (const [name, value] of headers.entries())
    if (/^X-/i.test(name)) variables.push([`sip_h_${name}`, value]);
  return variables;
}
