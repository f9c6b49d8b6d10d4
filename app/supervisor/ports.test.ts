import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { freePorts, portProblem } from './ports.ts';

const taken = 'is taken by another program (another Cordboard?)';

test('free ports are different, free for TCP and UDP, and out of the way of outgoing sockets', async () => {
  const ports = await freePorts(5);
  expect(new Set(ports).size).toBe(5);
  for (const port of ports) {
    expect(port).toBeLessThan(32_768);
    expect(await portProblem('tcp', '127.0.0.1', port)).toBeUndefined();
    expect(await portProblem('udp', '127.0.0.1', port)).toBeUndefined();
  }
});

test('a port taken over TCP is free over UDP', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await portProblem('tcp', '127.0.0.1', port)).toBe(taken);
  expect(await portProblem('udp', '127.0.0.1', port)).toBeUndefined();
  server.close();
});

test('a port taken over UDP is free over TCP', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  expect(await portProblem('udp', '127.0.0.1', port)).toBe(taken);
  expect(await portProblem('tcp', '127.0.0.1', port)).toBeUndefined();
  socket.close();
});

test('an address of another machine', async () => {
  await expect(freePorts(1, '192.0.2.1')).rejects.toThrow('192.0.2.1 is no address of this machine');
  expect(await portProblem('tcp', '192.0.2.1', 5060)).toBe('is no address of this machine');
  expect(await portProblem('udp', '192.0.2.1', 5060)).toBe('is no address of this machine');
});
