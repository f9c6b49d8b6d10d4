// Reads a Prometheus page the way a scraper does.

import { get } from 'node:http';

/** Figures by name with labels, as written: `cordboard_sockets{audience="agent"}`. */
export type Figures = ReadonlyMap<string, number>;

/** Over a connection of its own, which is closed again: looking leaves nothing behind. @throws when it is not to be had */
export function scrape(url: string): Promise<Figures> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: 5_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(figuresIn(Buffer.concat(chunks).toString()));
        else reject(new Error(`${url}: ${response.statusCode}`));
      });
    });
    request.on('timeout', () => request.destroy(new Error(`${url}: no answer`)));
    request.on('error', reject);
  });
}

function figuresIn(text: string): Figures {
  const figures = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) figures.set(name, Number(value));
  }
  return figures;
}
