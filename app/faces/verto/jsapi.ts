// FreeSWITCH's own way, for scripts: jsapi {command: "callcenter_config", data: "agent set status 1001 'On Break'"}. The same acts as
// cc.*, under mod_callcenter's names; every other command, and fsapi altogether, is not permitted to anybody.

import { callcenterMethods } from './callcenter.ts';
import { noSuchMethod } from './rpc.ts';
import type { Known, Method, Params, Stage } from './stage.ts';

const setStatus =
  /^agent set status ([\w.-]{1,32})(?:@[\w.-]+)? '?(Available(?: \(On Demand\))?|On Break|Logged Out)'?$/;
const lists = /^(queue|agent) list(?: agents ([\w.-]{1,32}))?$/;

const verbs: Readonly<Record<string, string>> = {
  Available: 'cc.ready',
  'Available (On Demand)': 'cc.ready',
  'On Break': 'cc.break',
  'Logged Out': 'cc.logout',
};

export const jsapi: Method = async (client: Known, params: Params, stage: Stage) => {
  const { command, data } = params;
  if (command !== 'callcenter_config' || typeof data !== 'string') throw noSuchMethod();
  const set = setStatus.exec(data.trim());
  if (set) {
    const verb = callcenterMethods[verbs[set[2] ?? ''] ?? ''];
    if (!verb) throw noSuchMethod();
    await verb(client, { agent: set[1] }, stage);
    return { message: '+OK' };
  }
  const list = lists.exec(data.trim());
  const status = callcenterMethods['cc.status'];
  if (!list || !status) throw noSuchMethod();
  const { agents, queues } = (await status(
    client,
    list[2] === undefined ? {} : { queue: list[2] },
    stage,
  )) as {
    agents: readonly object[];
    queues: readonly object[];
  };
  return { message: '+OK', list: list[1] === 'agent' || list[2] !== undefined ? agents : queues };
};
