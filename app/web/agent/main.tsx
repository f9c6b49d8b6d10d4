// The agent's page, `/agent`.

import { say, show } from '../shared/page.tsx';
import { agentModel } from './model.ts';
import { AgentPage } from './page.tsx';

show(say.agent.title, <AgentPage model={agentModel()} />);
