// What is published: each package built, packed by npm, unpacked somewhere else, and used from there by plain Node, as a stranger would.

import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import vm from 'node:vm';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const strange = mkdtempSync(path.join(tmpdir(), 'cordboard-packages-'));
const names = [
  'verto-ts',
  '@cordboard/sdk',
  '@cordboard/sip-stack',
  '@cordboard/sip-server',
  '@cordboard/media-switch',
];

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}
interface Manifest {
  readonly exports: Record<string, unknown>;
  readonly dependencies?: Record<string, string>;
  readonly sideEffects?: unknown;
  readonly engines?: Record<string, string>;
}
const packed = new Map<string, Packed>();
const installed = (name: string): string => path.join(strange, 'node_modules', name);
const manifest = (name: string): Manifest =>
  JSON.parse(readFileSync(path.join(installed(name), 'package.json'), 'utf8')) as Manifest;
const filesOf = (name: string): string[] => packed.get(name)?.files.map((file) => file.path) ?? [];

/** Node, in the strange folder, without anything of this repository. */
async function node(source: string, type: 'module' | 'commonjs' = 'module'): Promise<unknown> {
  const { stdout } = await run(process.execPath, [`--input-type=${type}`, '-e', source], {
    cwd: strange,
    env: { PATH: process.env['PATH'] },
    timeout: 30_000,
  });
  return JSON.parse(stdout) as unknown;
}

beforeAll(async () => {
  await run(process.execPath, ['scripts/packages.mjs', ...names], { cwd: root, timeout: 280_000 });
  const workspaces = names.flatMap((name) => ['-w', name]);
  const { stdout } = await run(
    'npm',
    [
      'pack',
      ...workspaces,
      '--json',
      '--ignore-scripts',
      '--offline',
      '--loglevel=error',
      '--pack-destination',
      strange,
    ],
    { cwd: root, timeout: 60_000 },
  );
  for (const one of JSON.parse(stdout) as Packed[]) {
    packed.set(one.name, one);
    mkdirSync(installed(one.name), { recursive: true });
    await run('tar', [
      '-xzf',
      path.join(strange, path.basename(one.filename)),
      '--strip-components=1',
      '-C',
      installed(one.name),
    ]);
  }
  // What npm would bring from the registry.
  const others = names.flatMap((name) => Object.keys(manifest(name).dependencies ?? {}));
  for (const name of new Set([...others, '@types/node'])) {
    if (packed.has(name)) continue;
    mkdirSync(path.dirname(installed(name)), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', name), installed(name));
  }
}, 300_000);
afterAll(() => rmSync(strange, { recursive: true, force: true }));

describe.each(names)('%s', (name) => {
  test('packs what it says and nothing of its sources', () => {
    const files = filesOf(name);
    expect(files).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'dist/LICENSE', 'dist/index.js']),
    );
    const strangers = files.filter((file) => !/^(package\.json|README\.md|dist\/)/.test(file));
    expect(strangers).toEqual([]);
    expect(files.filter((file) => /\.test\.|(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  test('every file its exports name is there', () => {
    const named = (value: unknown): string[] =>
      typeof value === 'string'
        ? [value]
        : Object.entries(value as object).flatMap(([condition, one]) =>
            condition === 'cordboard-source' ? [] : named(one),
          );
    const targets = named(manifest(name).exports);
    expect(targets.length).toBeGreaterThan(1);
    for (const target of targets) expect(existsSync(path.join(installed(name), target)), target).toBe(true);
    expect(manifest(name).engines).toEqual({ node: '>=20.19' });
  });
});

describe('from somewhere else, with plain Node', () => {
  test('verto-ts as a module and by require, and both are the same shape', async () => {
    const shape = 'Object.fromEntries(Object.keys(m).sort().map((k) => [k, typeof m[k]]))';
    const esm = await node(`import * as m from 'verto-ts'; console.log(JSON.stringify(${shape}))`);
    const cjs = await node(
      `const m = require('verto-ts'); console.log(JSON.stringify(${shape}))`,
      'commonjs',
    );
    expect(esm).toMatchObject({
      Verto: 'function',
      VertoCallcenter: 'function',
      VertoDialog: 'function',
      VertoError: 'function',
      verto: 'object',
      default: 'object',
    });
    expect(cjs).toEqual(esm);
  });

  test('verto-ts talks over the WebSocket class it is given', async () => {
    const told = await node(`
      import { Verto } from 'verto-ts';
      class Socket {
        constructor() { queueMicrotask(() => this.onopen()); }
        send(text) {
          const { id } = JSON.parse(text);
          if (id) queueMicrotask(() => this.onmessage({ data: JSON.stringify({ jsonrpc: '2.0', id, result: { message: 'logged in' } }) }));
        }
        close() {}
      }
      const verto = new Verto({ WebSocket: Socket });
      const result = await verto.connect({ login: 'a', passwd: 'b', socketUrl: 'ws://nowhere/ws' });
      verto.logout();
      console.log(JSON.stringify(result));
    `);
    expect(told).toEqual({ message: 'logged in' });
  });

  test('the script-tag file puts the classes on the page, and nothing else', () => {
    const script = readFileSync(path.join(installed('verto-ts'), 'dist/verto.min.js'), 'utf8');
    const page = vm.createContext({ crypto, performance });
    const before = Object.keys(page);
    vm.runInContext(
      `${script}; var verto = new Verto(); var vcc = new VertoCallcenter(verto); vcc.setGroup('default');`,
      page,
    );
    const added = Object.keys(page).filter((key) => !before.includes(key));
    expect(added.toSorted()).toEqual([
      'Verto',
      'VertoCallcenter',
      'VertoDialog',
      'VertoError',
      'vcc',
      'verto',
    ]);
    expect(gzipSync(script).length).toBeLessThan(16_000);
  });

  test('verto-ts depends on nothing', () => {
    expect(manifest('verto-ts').dependencies).toBeUndefined();
    expect(manifest('verto-ts').sideEffects).toEqual(['./dist/verto.min.js']);
    for (const file of filesOf('verto-ts').filter((one) => /\.js$/.test(one)))
      expect(readFileSync(path.join(installed('verto-ts'), file), 'utf8')).not.toMatch(
        /(^|[;\s])import\s*[{*"']|\brequire\(/,
      );
  });

  test('the SDK of the pages', async () => {
    const told = await node(`
      import { AgentConsole, CustomerCall, CordboardProblem } from '@cordboard/sdk';
      console.log(JSON.stringify([typeof AgentConsole, typeof CustomerCall, new CordboardProblem('unreachable').code]));
    `);
    expect(told).toEqual(['function', 'function', 'unreachable']);
  });

  test('the SIP server starts and stops', async () => {
    const told = await node(`
      import { startSipServer } from '@cordboard/sip-server';
      const server = await startSipServer({ sip: { host: '127.0.0.1', port: 0 }, control: { host: '127.0.0.1', port: 0 }, secret: 'x' });
      const { port } = server.addresses.sip;
      await server.stop();
      console.log(JSON.stringify({ port: port > 0 }));
    `);
    expect(told).toEqual({ port: true });
  });

  test('the media switch starts its media thread and stops', async () => {
    const told = await node(`
      import { startMediaSwitch } from '@cordboard/media-switch';
      const options = { sip: '127.0.0.1:0', esl: '127.0.0.1:0', password: 'x', rtp: '127.0.0.1:40000-40100' };
      const mediaSwitch = await startMediaSwitch(options);
      const counters = await mediaSwitch.mediaCounters();
      await mediaSwitch.stop();
      console.log(JSON.stringify(typeof counters));
    `);
    expect(told).toBe('object');
  });
});

describe('their types', () => {
  const agent = `
    verto.subscribe('vcc.default.1007', {
      handler(_verto, event) {
        if (event.eventType === 'agent-state') { const state: 'READY' | string = event.data.state; void state; }
        if (event.eventType === 'dial-progress') { const leg: 'agent' | 'dest' = event.data.leg; void leg; }
      },
    });
    const vcc = new VertoCallcenter(verto);
    void vcc.ccGoBreak('default', '1007', 'DND', (result) => result.agent?.since, (error) => error.code);
    void vcc.ccGoBreak('default', '1007', undefined, (result) => result.agent?.since);
    void vcc.ccGoRest('default', '1007');
    void vcc.ccDial('1007', '1007', '1', '2', (result) => result.callID, (error) => error.reason);
    void vcc.ccDial('1007', '1007', '1', '2', true, (result) => result.callID);
  `;
  const sources: Readonly<Record<string, string>> = {
    'module.mts': `import verto, { VertoCallcenter } from 'verto-ts';${agent}`,
    'commonjs.cts': `import { verto, VertoCallcenter } from 'verto-ts';${agent}`,
    'wrong.mts': `import verto, { VertoCallcenter } from 'verto-ts';
      verto.subscribe('vcc', { handler: (_v, event) => event.eventType === 'agent-stat' });
      void new VertoCallcenter(verto).ccDropParty('q', 'a', 'nobody');`,
    'servers.mts': `import { startSipServer, type SipServer } from '@cordboard/sip-server';
      import { startMediaSwitch, type MediaSwitchOptions } from '@cordboard/media-switch';
      import { createSipStack } from '@cordboard/sip-stack';
      export const all: unknown[] = [startSipServer, startMediaSwitch, createSipStack];
      export type Both = [SipServer, MediaSwitchOptions];`,
    'sdk.mts': `import { CustomerCall, type CustomerState } from '@cordboard/sdk';
      export const call = (): Promise<CustomerCall> => CustomerCall.start({ link: 'x', displayName: 'Ada' });
      export const place = (state: CustomerState): number | undefined => (state.at === 'waiting' ? state.place : undefined);`,
  };
  /** What the compiler says in a stranger's strict project, without skipLibCheck, by file. */
  const said = new Map<string, string[]>();

  beforeAll(() => {
    for (const [file, source] of Object.entries(sources)) writeFileSync(path.join(strange, file), source);
    const program = ts.createProgram(
      Object.keys(sources).map((file) => path.join(strange, file)),
      {
        strict: true,
        noEmit: true,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        target: ts.ScriptTarget.ES2022,
        lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
        types: ['node'],
        typeRoots: [path.join(strange, 'node_modules/@types')],
      },
    );
    expect(program.getSourceFiles().length).toBeGreaterThan(50);
    for (const { file, messageText } of ts.getPreEmitDiagnostics(program)) {
      const name = file ? path.relative(strange, file.fileName) : 'the project';
      said.set(name, [...(said.get(name) ?? []), ts.flattenDiagnosticMessageText(messageText, ' ')]);
    }
  }, 120_000);

  test.each(['module.mts', 'commonjs.cts', 'servers.mts', 'sdk.mts'])('%s compiles', (file) => {
    expect(said.get(file) ?? []).toEqual([]);
  });
  test('an event or an argument that cannot be is found', () => {
    expect(said.get('wrong.mts')).toHaveLength(2);
  });
  test.each([
    ['node16', ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
    ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
    ['node10', ts.ModuleKind.CommonJS, ts.ModuleResolutionKind.Node10],
  ])('verto-ts compiles where modules are resolved as %s does', (_name, module, moduleResolution) => {
    const file = path.join(strange, 'plain.ts');
    writeFileSync(file, `import verto, { VertoCallcenter } from 'verto-ts';${agent}`);
    const program = ts.createProgram([file], {
      strict: true,
      noEmit: true,
      module,
      moduleResolution,
      // node10 is what older set-ups have, and deprecated.
      ignoreDeprecations: '6.0',
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
      types: [],
    });
    const problems = ts.getPreEmitDiagnostics(program);
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([]);
    expect(program.getSourceFiles().some(({ fileName }) => /verto-ts\/dist\/.*\.d\.ts$/.test(fileName))).toBe(
      true,
    );
  });
  test('the declarations themselves hold', () => {
    expect([...said.keys()].filter((file) => !(file in sources))).toEqual([]);
  });
});
