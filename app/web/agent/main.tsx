// The agent's page, `/agent`. A call is seen in the tab's title too.

import { effect } from '@preact/signals';
import { callerOf } from '../shared/caller.ts';
import { say, show, titled } from '../shared/page.tsx';
import { agentModel } from './model.ts';
import { AgentPage } from './page.tsx';

const model = agentModel();

show(say.agent.title, <AgentPage model={model} />);
effect(() => {
  const rings = model.agent.value?.activity === 'ringing' || model.agent.value?.activity === 'offered';
  const call = model.call.value;
  titled(rings && call ? `☎ ${callerOf(call)} – ${say.agent.incoming}` : say.agent.title);
});
