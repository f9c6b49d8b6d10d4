// What an agent talks on. Every device is reached the same way: the switch dials an address of record, and the SIP
// edge knows where it is registered. A browser registers through Janus under an address of its own.

/**
 * `sip`: desk phone or softphone, address = extension. `browser`: address = `browser-<agent>`. `pstn`: any telephone, address =
 * its number; a call is taken by pressing 1, so that no voicemail ever takes one.
 */
export interface Device {
  readonly kind: 'sip' | 'browser' | 'pstn';
  /** User part of the address of record, for example `1001` or `browser-1001`. */
  readonly address: string;
}

/**
 * Is the device there? `unregistered`: no live registration; `unresponsive`: registered but OPTIONS go unanswered; `line_down`: the agent's
 * nailed-up line does not stand.
 */
export type Reachability =
  | { readonly reachable: true }
  | { readonly reachable: false; readonly why: 'unregistered' | 'unresponsive' | 'line_down' };
