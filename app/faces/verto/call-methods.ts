// The methods of mod_verto that are calls. The browser's description goes through the gateway to the switch; what happens to a
// conversation (hold, transfer, keys, its end) is a command of the floor, as it is for every other device.

import type { Input } from '../../domain/floor/inputs.ts';
import type { AgentView } from '../../domain/floor/view.ts';
import { agentId } from '../../domain/ids.ts';
import { LineError } from '../../ports/browser-lines.ts';
import { transferTarget } from './call-verbs.ts';
import { causeOf, declineStatus } from './hang-up-causes.ts';
import type { Dialog, MediaDesk } from './media-desk.ts';
import { phoneName } from './media-desks.ts';
import { callError, isObject, RpcError } from './rpc.ts';
import { sendText } from './text-messages.ts';
import type { Known, Method, Params, Stage } from './stage.ts';

const longestSdp = 20_000;
const callId = /^[A-Za-z0-9_-]{1,64}$/;

export const callMethods: Readonly<Record<string, Method>> = {
  'verto.register': async (client, _params, { desks }) => {
    await desks.register(client).catch(toCallError);
    return { message: 'REGISTERED' };
  },
  'verto.invite': invite,
  'verto.answer': (client, params, stage) => answer(client, params, stage, false),
  'verto.attach': (client, params, stage) => answer(client, params, stage, true),
  'verto.modify': modify,
  'verto.info': info,
  'verto.bye': bye,
};

async function invite(client: Known, params: Params, stage: Stage): Promise<object> {
  const { dialogParams, callID } = dialogOf(params);
  const sdp = descriptionOf(params);
  const { destination_number: destination } = dialogParams;
  if (typeof destination !== 'string' || !/^\+?[A-Za-z0-9*#_.-]{1,64}$/.test(destination))
    throw refusedCall(484);
  const desk = await stage.desks.register(client).catch(toCallError);
  if (desk.dialog) throw refusedCall(486);
  const line = await desk.line().catch(toCallError);
  const dialog: Dialog = { callID, direction: 'outbound', state: 'trying', described: false, attach: false };
  desk.begin(dialog);
  try {
    await line.call(destination, sdp);
  } catch (error) {
    desk.forget();
    throw error instanceof LineError && error.reason === 'refused' ? refusedCall(488) : error;
  }
  return { message: 'CALL CREATED', callID };
}

async function answer(client: Known, params: Params, stage: Stage, attach: boolean): Promise<object> {
  const { callID } = dialogOf(params);
  const sdp = descriptionOf(params);
  const { desk, dialog } = theDialog(client, callID, stage);
  if (dialog.direction !== 'inbound') throw callError('CALL DOES NOT EXIST');
  if (attach && !dialog.attach) throw callError('Cannot attach to a call that has not been answered.');
  if (dialog.state === 'active') return { message: 'CALL ANSWERED', callID };
  const line = await desk.line().catch(toCallError);
  await line.accept(sdp).catch(() => {
    line.decline(480);
    throw callError('MEDIA ERROR');
  });
  return { message: 'CALL ANSWERED', callID };
}

function bye(client: Known, params: Params, stage: Stage): object | Promise<object> {
  const { callID } = dialogOf(params);
  const { desk, dialog } = theDialog(client, callID, stage);
  const { cause, causeCode } = params;
  const said =
    typeof cause === 'string' && typeof causeCode === 'number' ? { cause, causeCode } : causeOf(200);
  const command = endingCommand(client, dialog, stage);
  const done = command === undefined ? undefined : stage.core.submit(command);
  desk.forget();
  // Whatever the floor made of it, the browser's side ends; after the floor's own hang-up this finds nothing any more.
  return desk
    .line()
    .then((line) => {
      if (done?.outcome !== 'done') end(line, dialog, cause);
      return { message: 'CALL ENDED', callID, ...said };
    })
    .catch(toCallError);
}

function end(line: { decline(code: number): void; hangUp(): void }, dialog: Dialog, cause: unknown): void {
  if (dialog.direction === 'inbound' && dialog.state === 'ringing') line.decline(declineStatus(cause));
  else line.hangUp();
}

/** She leaves, and with her the call she is in: said as a wish, since a page that only vanishes is waited for. */
export function hangUpOf(client: Known, stage: Stage): void {
  const dialog = stage.desks.of(client)?.dialog;
  const command = dialog && endingCommand(client, dialog, stage);
  if (command) stage.core.submit(command);
}

/** What her hanging up means to the floor; undefined for a call of hers it has nothing to do with. */
function endingCommand(client: Known, dialog: Dialog, stage: Stage): Input | undefined {
  const agent = conversation(client, stage);
  if (!agent || dialog.direction !== 'inbound') return undefined;
  const { agentId: id, activity } = agent;
  if (dialog.state !== 'ringing') return { kind: 'agent.hangUp', agentId: id };
  return activity === 'ringing' || activity === 'offered'
    ? { kind: 'agent.decline', agentId: id }
    : undefined;
}

async function modify(client: Known, params: Params, stage: Stage): Promise<object> {
  const { callID } = dialogOf(params);
  const { desk, dialog } = theDialog(client, callID, stage);
  const { action } = params;
  switch (action) {
    case 'hold':
    case 'unhold':
    case 'toggleHold':
      return { callID, action, ...hold(client, action, stage) };
    case 'transfer':
      return transfer(client, params, stage);
    case 'replace':
      command(client, stage, (id) => ({ kind: 'agent.completeTransfer', agentId: id }));
      return { message: 'CALL TRANSFERRED', callID };
    case 'updateMedia':
      return { callID, sdp: await update(desk, dialog, descriptionOf(params)) };
    case 'videoRefresh':
      return { message: 'OK', callID };
    default:
      throw callError('INVALID COMMAND');
  }
}

function hold(client: Known, action: 'hold' | 'unhold' | 'toggleHold', stage: Stage): object {
  const held = conversation(client, stage)?.activity === 'held';
  const wanted = action === 'toggleHold' ? !held : action === 'hold';
  if (wanted !== held)
    command(client, stage, (id) => ({ kind: wanted ? 'agent.hold' : 'agent.resume', agentId: id }));
  return { holdState: wanted ? 'held' : 'active' };
}

function transfer(client: Known, params: Params, stage: Stage): object {
  const { destination } = params;
  if (typeof destination !== 'string' || destination === '') throw callError('Destination missing');
  const to = transferTarget({ destNumber: destination }, stage);
  command(client, stage, (id) => ({ kind: 'agent.transfer', agentId: id, to }));
  return { message: 'CALL TRANSFERRED' };
}

async function update(desk: MediaDesk, dialog: Dialog, sdp: string): Promise<string> {
  if (dialog.state !== 'active') throw callError('MEDIA ERROR');
  const line = await desk.line().catch(toCallError);
  return line.update(sdp).catch(() => {
    throw callError('MEDIA ERROR');
  });
}

async function info(client: Known, params: Params, stage: Stage): Promise<object> {
  const { dtmf, msg, txt } = params;
  if (isObject(msg) || isObject(txt)) return sendText(client, isObject(msg) ? msg : (txt as Params), stage);
  const { callID } = dialogOf(params);
  const { desk, dialog } = theDialog(client, callID, stage);
  if (typeof dtmf !== 'string' || !/^[0-9A-D*#]{1,32}$/i.test(dtmf)) throw callError('INVALID COMMAND');
  const digits = dtmf.toUpperCase();
  if (dialog.direction === 'inbound' && conversation(client, stage))
    command(client, stage, (id) => ({ kind: 'agent.sendDigits', agentId: id, digits }));
  else {
    const line = await desk.line().catch(toCallError);
    for (const digit of digits) line.digit(digit);
  }
  return { message: 'SENT' };
}

/** The agent this page is the phone of, as the floor sees her. */
const conversation = ({ person }: Known, { core }: Stage): AgentView | undefined =>
  person.listener.agentId === undefined ? undefined : core.view.agent(agentId(phoneName(person)));

/** @throws RpcError -32002 with mod_verto's words for a call that is in no conversation */
function command(client: Known, stage: Stage, input: (id: AgentView['agentId']) => Input): void {
  const agent = conversation(client, stage);
  if (!agent) throw callError('call is not bridged');
  const answer = stage.core.submit(input(agent.agentId));
  if (answer.outcome !== 'refused') return;
  const message = answer.code === 'not_in_call' ? 'call is not bridged' : answer.code.replaceAll('_', ' ');
  throw callError(message, { refusal: answer.code });
}

/** @throws RpcError -32002 "Dialog data missing", "CallID missing" */
function dialogOf(params: Params): { readonly dialogParams: Params; readonly callID: string } {
  const { dialogParams, callID: bare } = params;
  if (Object.keys(params).every((name) => name === 'sessid')) throw callError('Params data missing');
  if (!isObject(dialogParams) && bare === undefined) throw callError('Dialog data missing');
  const inside = isObject(dialogParams) ? dialogParams : {};
  const callID = inside['callID'] ?? bare;
  if (typeof callID !== 'string' || !callId.test(callID)) throw callError('CallID missing');
  return { dialogParams: inside, callID };
}

/** A whole description with sound only. @throws RpcError -32002 "SDP missing", "CODEC ERROR" */
function descriptionOf({ sdp }: Params): string {
  if (typeof sdp !== 'string' || sdp === '') throw callError('SDP missing');
  const plain =
    sdp.length <= longestSdp && /^v=0\r?\n[^\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]*$/.test(sdp);
  if (!plain || !/^m=audio /m.test(sdp) || /^m=(?!audio )/m.test(sdp)) throw callError('CODEC ERROR');
  return sdp;
}

function theDialog(client: Known, callID: string, { desks }: Stage): { desk: MediaDesk; dialog: Dialog } {
  const desk = desks.of(client);
  if (desk?.dialog?.callID !== callID) throw callError('CALL DOES NOT EXIST');
  return { desk, dialog: desk.dialog };
}

const refusedCall = (status: number): RpcError => callError('CALL ERROR', { ...causeOf(status) });

function toCallError(error: unknown): never {
  if (error instanceof RpcError) throw error;
  if (error instanceof LineError) throw callError('Media gateway unavailable', { reason: error.reason });
  throw error;
}
