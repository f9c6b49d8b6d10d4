// `npm run build:packages`: makes the dist/ folders that the publishable workspaces name: JavaScript by esbuild, types by tsc, and for
// verto-ts also CommonJS and one file for a script tag. `npm pack -w <name>` runs it for that package (prepack).

import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { asProgram, bootstrap, root, say, SetupProblem } from './bootstrap.mjs';

/** Files a package is entered by; `browser` packages run in Node as well. */
const packages = {
  'verto-ts': {
    folder: 'app/sdk/verto-ts',
    entries: { index: 'src/index.ts' },
    types: 'src',
    platform: 'neutral',
    commonjs: true,
    script: true,
  },
  '@cordboard/sdk': {
    folder: 'app/sdk',
    entries: { index: 'index.ts' },
    // The SDK's public types are those of the contract it speaks.
    types: '..',
    platform: 'browser',
  },
  '@cordboard/sip-stack': {
    folder: 'gateway/embedded/sip-stack',
    entries: { index: 'src/index.ts' },
    types: 'src',
    platform: 'node',
  },
  '@cordboard/sip-server': {
    folder: 'gateway/embedded/sip-server',
    entries: { index: 'src/index.ts', main: 'src/main.ts' },
    types: 'src',
    platform: 'node',
  },
  '@cordboard/media-switch': {
    folder: 'gateway/embedded/media-switch',
    entries: { index: 'src/index.ts', main: 'src/main.ts', 'media-worker': 'src/media-worker.ts' },
    types: 'src',
    platform: 'node',
  },
};

/** @param names package names; none: all of them */
export async function buildPackages(names = Object.keys(packages)) {
  for (const name of names) {
    const settings = packages[name];
    if (!settings) throw new SetupProblem(`there is no package ${name}: ${Object.keys(packages).join(', ')}`);
    await buildPackage(settings);
  }
}

async function buildPackage(settings) {
  const folder = path.join(root, settings.folder);
  const dist = path.join(folder, 'dist');
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  const esbuild = await import('esbuild');
  const entryPoints = Object.fromEntries(
    Object.entries(settings.entries).map(([name, file]) => [name, path.join(folder, file)]),
  );
  const common = { entryPoints, ...commonSettings(settings.platform), plugins: [packagesStayOutside] };
  await esbuild.build({ ...common, outdir: dist, format: 'esm', splitting: settings.platform === 'browser' });
  const cjs = path.join(dist, 'cjs');
  await writeTypes(folder, settings, settings.commonjs ? [dist, cjs] : [dist]);
  if (settings.commonjs) {
    await esbuild.build({ ...common, outdir: cjs, format: 'cjs' });
    // The package is `type: module`; this folder is not.
    await writeFile(path.join(cjs, 'package.json'), '{ "type": "commonjs" }\n');
  }
  if (settings.script) await buildVertoScript(path.join(dist, 'verto.min.js'));
  await cp(path.join(root, 'LICENSE'), path.join(dist, 'LICENSE'));
}

/** The script-tag file of verto-ts. @param outfile where to */
export async function buildVertoScript(outfile) {
  const esbuild = await import('esbuild');
  await esbuild.build({
    ...commonSettings('browser'),
    entryPoints: [path.join(root, 'app/sdk/verto-ts/src/script.ts')],
    outfile,
    format: 'iife',
    minify: true,
    sourcemap: false,
  });
}

const commonSettings = (platform) => ({
  absWorkingDir: root,
  bundle: true,
  platform,
  target: platform === 'node' ? 'node20' : 'es2022',
  conditions: ['cordboard-source'],
  sourcemap: false,
  logLevel: 'warning',
});

/** What a package names in its dependencies is installed beside it, ours and everybody's. */
const packagesStayOutside = {
  name: 'packages-stay-outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) =>
      kind === 'entry-point' || path.isAbsolute(name) ? undefined : { path: name, external: true },
    );
  },
};

/** Declarations of everything the entries reach inside the package, with import paths that name the .js beside them. */
async function writeTypes(folder, { entries, types }, targets) {
  const { default: ts } = await import('typescript');
  const base = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(base.config.compilerOptions, root);
  const from = path.resolve(folder, types);
  // Declarations of packages that bring none lie beside the sources.
  const ambient = (await readdir(folder)).filter((name) => name.endsWith('.d.ts'));
  const program = ts.createProgram(
    [entries.index, ...ambient].map((file) => path.join(folder, file)),
    {
      ...options,
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      stripInternal: true,
      noEmitOnError: true,
      // As in the repository, where the other packages are sources.
      outDir: path.join(folder, 'dist'),
      rootDir: root,
      incremental: false,
    },
    parsedOnce(ts, options),
  );
  const written = [];
  const { diagnostics } = program.emit(undefined, (_name, text, _bom, _error, sources) => {
    const source = sources?.[0]?.fileName;
    const relative = source === undefined ? '..' : path.relative(from, source);
    if (relative.startsWith('..')) return;
    const prefix = types === '..' ? 'types' : '';
    for (const target of targets)
      written.push([path.join(target, prefix, relative.replace(/\.ts$/, '.d.ts')), asJs(text)]);
  });
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (problems.length > 0)
    throw new SetupProblem(
      ts.formatDiagnostics(problems, {
        getCanonicalFileName: (f) => f,
        getCurrentDirectory: () => root,
        getNewLine: () => '\n',
      }),
    );
  if (written.length === 0) throw new SetupProblem(`no types came of ${folder}`);
  for (const [file, text] of written) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

const parsed = new Map();

/** The packages read each other and the same libraries: what one of them has parsed the next need not. */
function parsedOnce(ts, options) {
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile;
  host.getSourceFile = (file, settings, ...rest) => {
    const key = `${file} ${settings.impliedNodeFormat}`;
    if (!parsed.has(key)) parsed.set(key, parse(file, settings, ...rest));
    return parsed.get(key);
  };
  return host;
}

const asJs = (text) => text.replace(/((?:from|import\()\s*['"]\.[^'"]*)\.tsx?(['"])/g, '$1.js$2');

async function sizeOf(file) {
  const body = await readFile(file);
  return `${path.relative(root, file)}: ${body.length} bytes, ${gzipSync(body, { level: 9 }).length} gzipped`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await asProgram(async () => {
    const names = process.argv.slice(2);
    // By prepack everything is installed already.
    if (names.length === 0) bootstrap('start');
    await buildPackages(names.length > 0 ? names : undefined);
    const verto = path.join(root, packages['verto-ts'].folder, 'dist');
    if (names.length === 0 || names.includes('verto-ts'))
      for (const file of ['verto.min.js', 'index.js']) say(await sizeOf(path.join(verto, file)));
  });
}
