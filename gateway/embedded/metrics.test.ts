import { expect, test } from 'vitest';
import { one, serveMetrics, textOf } from './metrics.ts';

test('gauges are written as Prometheus reads them', () => {
  const labelled = { name: 'b', help: 'Two of them', samples: [{ labels: { phase: 'open' }, value: 2 }] };
  expect(textOf([one('a', 'One', 1), labelled])).toBe(
    '# HELP a One\n# TYPE a gauge\na 1\n# HELP b Two of them\n# TYPE b gauge\nb{phase="open"} 2\n',
  );
});

test('there is /metrics and nothing else; a figure that cannot be had is a 500, and the door stays open', async () => {
  let fails = false;
  const read = () => (fails ? Promise.reject(new Error('no')) : Promise.resolve([one('a', 'One', 1)]));
  const server = await serveMetrics({ host: '127.0.0.1', port: 0 }, read);
  const url = `http://127.0.0.1:${server.address.port}`;
  try {
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await answer.text()).toContain('\na 1\n');
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
    fails = true;
    expect((await fetch(`${url}/metrics`)).status).toBe(500);
    fails = false;
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  } finally {
    await server.stop();
  }
});
