// The front door: where the pages are.

import { Header, say, show } from '../shared/page.tsx';

show(
  say.appName,
  <>
    <Header title="" />
    <main class="home">
      <p class="lead">{say.home.lead}</p>
      <div class="doors">
        <a class="card door" href="/agent">
          <strong>{say.home.agent}</strong>
          <span>{say.home.agentLead}</span>
        </a>
        <a class="card door" href="/supervisor">
          <strong>{say.home.supervisor}</strong>
          <span>{say.home.supervisorLead}</span>
        </a>
      </div>
      <p class="quiet">{say.home.customer}</p>
    </main>
  </>,
);
