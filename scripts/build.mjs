// Bundles the programs and the pages into dist/. Our own workspace packages are bundled in; everything from npm stays a
// normal dependency of the server, and is bundled only into the pages.

import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { asProgram, bootstrap, root } from './bootstrap.mjs';
import { buildVertoScript } from './packages.mjs';

const programs = {
  cordboard: 'app/main.ts',
  supervisor: 'app/supervisor/main.ts',
  doctor: 'app/doctor/main.ts',
  telephony: 'gateway/embedded/main.ts',
  janus: 'gateway/janus/main.ts',
  'sip-server': 'gateway/embedded/sip-server/src/main.ts',
  'media-switch': 'gateway/embedded/media-switch/src/main.ts',
  'media-worker': 'gateway/embedded/media-switch/src/media-worker.ts',
};

const pages = ['customer', 'agent', 'supervisor', 'home', 'verto-demo'];

const npmStaysOutside = {
  name: 'npm-stays-outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path: name }) =>
      name.startsWith('@cordboard/') || path.isAbsolute(name) ? undefined : { path: name, external: true },
    );
  },
};

export async function build() {
  const esbuild = await import('esbuild');
  const finished = path.join(root, 'dist');
  // Built aside and moved into place: a build that fails leaves the last good one, and nobody starts half of one.
  const dist = path.join(root, `dist.${process.pid}`);
  const common = {
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    conditions: ['cordboard-source'],
    sourcemap: 'linked',
    logLevel: 'warning',
  };
  const present = Object.entries(programs).filter(([, entry]) => existsSync(path.join(root, entry)));
  await esbuild.build({
    ...common,
    entryPoints: Object.fromEntries(present),
    outdir: dist,
    platform: 'node',
    target: 'node20',
    plugins: [npmStaysOutside],
  });
  await buildPages(esbuild, common, path.join(dist, 'web'));
  await buildVerto(path.join(dist, 'web'));
  await rm(finished, { recursive: true, force: true });
  await rename(dist, finished);
}

async function buildPages(esbuild, common, outdir) {
  const entryPoints = Object.fromEntries(
    pages
      .map((page) => [page, path.join(root, 'app/web', page, 'main.tsx')])
      .filter(([, entry]) => existsSync(entry)),
  );
  await mkdir(outdir, { recursive: true });
  const fixed = path.join(root, 'app/web/public');
  if (existsSync(fixed)) await cp(fixed, outdir, { recursive: true });
  if (Object.keys(entryPoints).length === 0) return;
  await esbuild.build({
    ...common,
    entryPoints,
    outdir,
    platform: 'browser',
    target: 'es2022',
    splitting: true,
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    chunkNames: 'chunks/[name]-[hash]',
  });
}

/** The Verto client for pages of others, under our name and under the one the older SDK's pages know; and the demo's example, as it is. */
async function buildVerto(outdir) {
  await buildVertoScript(path.join(outdir, 'verto.min.js'));
  await cp(path.join(outdir, 'verto.min.js'), path.join(outdir, 'static/js/verto-min.js'));
  await cp(path.join(root, 'app/web/verto-demo/example.js'), path.join(outdir, 'verto-demo/example.js'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await asProgram(async () => {
    bootstrap('start');
    await build();
  });
}
