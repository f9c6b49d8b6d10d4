import { expect, test } from 'vitest';
import { RouteRegistry } from './routes.ts';

const turns = (routes: RouteRegistry<string>, verb: string, times: number): (string | undefined)[] =>
  Array.from({ length: times }, () => routes.pick(verb));

test('applications take turns, each verb counting for itself', () => {
  const routes = new RouteRegistry<string>();
  for (const app of ['a', 'b', 'c']) routes.add('invite', app);
  routes.add('options', 'b');
  routes.add('options', 'a');
  expect(turns(routes, 'INVITE', 2)).toEqual(['a', 'b']);
  expect(turns(routes, 'OPTIONS', 3)).toEqual(['b', 'a', 'b']);
  expect(turns(routes, 'INVITE', 2)).toEqual(['c', 'a']);
});

test('asking twice for a verb does not double the share', () => {
  const routes = new RouteRegistry<string>();
  routes.add('invite', 'a');
  routes.add('invite', 'b');
  routes.add('INVITE', 'a');
  expect(turns(routes, 'invite', 4)).toEqual(['a', 'b', 'a', 'b']);
});

test('an application that leaves is skipped and nobody loses a turn', () => {
  const routes = new RouteRegistry<string>();
  for (const app of ['a', 'b', 'c']) routes.add('invite', app);
  expect(turns(routes, 'invite', 2)).toEqual(['a', 'b']);
  routes.removeAll('a');
  expect(turns(routes, 'invite', 3)).toEqual(['c', 'b', 'c']);
});

test('leaving one verb keeps the others', () => {
  const routes = new RouteRegistry<string>();
  routes.add('invite', 'a');
  routes.add('options', 'a');
  routes.remove('invite', 'a');
  expect(routes.pick('invite')).toBeUndefined();
  expect(routes.pick('options')).toBe('a');
});
