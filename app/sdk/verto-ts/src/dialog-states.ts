// The states of one call, as FreeSWITCH's own Verto client names them, and which may follow which.
//
//  outbound   new ─► requesting ─► trying ─► early ─┐
//                                    └──────────────┤
//  inbound    new ─► ringing ─► answering ──────────┼─► active ◄──► held
//                                   ▲               │     │ ▲        │ ▲
//  reattach   new ─► recovering ────┘               │     ▼ │        ▼ │
//                        ▲                          │    recovering ───┘     (the connection is gone, the call is not)
//                        └── trying, early ─────────┘
//
//  every one of them ─► hangup ─► destroy;   every one ─► purge ─► destroy   (forgotten here, nothing said to the server)

export const dialogStateNames = [
  'new',
  'requesting',
  'trying',
  'recovering',
  'ringing',
  'answering',
  'early',
  'active',
  'held',
  'hangup',
  'destroy',
  'purge',
] as const;

export type DialogStateName = (typeof dialogStateNames)[number];

/** Pages compare by `name`, by `val` (later is larger), or by identity with `Verto.enum.state.active`. */
export interface Named<Name extends string> {
  readonly name: Name;
  readonly val: number;
}

export type DialogState = Named<DialogStateName>;
export type DialogDirection = Named<'inbound' | 'outbound'>;

const named = <Name extends string>(names: readonly Name[]): { readonly [N in Name]: Named<N> } =>
  Object.freeze(
    Object.fromEntries(names.map((name, val) => [name, Object.freeze({ name, val })])) as {
      [N in Name]: Named<N>;
    },
  );

export const dialogStates = named(dialogStateNames);
export const dialogDirections = named(['inbound', 'outbound']);
export const messageKinds = named(['display', 'info', 'pvtEvent', 'clientReady']);
export type MessageKind = Named<'display' | 'info' | 'pvtEvent' | 'clientReady'>;

const next: Readonly<Record<DialogStateName, readonly DialogStateName[]>> = {
  new: ['requesting', 'recovering', 'ringing', 'answering', 'hangup', 'purge'],
  // An answer may overtake the reply to our own invite.
  requesting: ['trying', 'early', 'active', 'recovering', 'hangup', 'purge'],
  trying: ['early', 'active', 'recovering', 'hangup', 'purge'],
  recovering: ['answering', 'early', 'active', 'held', 'hangup', 'purge'],
  ringing: ['answering', 'hangup', 'purge'],
  answering: ['active', 'held', 'recovering', 'hangup', 'purge'],
  early: ['active', 'recovering', 'hangup', 'purge'],
  active: ['held', 'recovering', 'answering', 'hangup', 'purge'],
  held: ['active', 'recovering', 'answering', 'hangup', 'purge'],
  hangup: ['destroy', 'purge'],
  purge: ['destroy'],
  destroy: [],
};

export const mayFollow = (from: DialogStateName, to: DialogStateName): boolean => next[from].includes(to);

export const isOver = (state: DialogStateName): boolean =>
  state === 'hangup' || state === 'destroy' || state === 'purge';
