// The supervisor's page, `/supervisor`.

import { say, show } from '../shared/page.tsx';
import { supervisorModel } from './model.ts';
import { SupervisorPage } from './page.tsx';

show(say.supervisor.title, <SupervisorPage model={supervisorModel()} />);
