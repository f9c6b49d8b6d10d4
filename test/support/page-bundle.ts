// Bundles one TypeScript file for a browser, as the product's build does.

import { build } from 'esbuild';

/** @param entry path of the entry file, or its source text with the folder it imports from */
export async function bundleForPage(
  entry: string | { readonly source: string; readonly folder: string },
): Promise<string> {
  const input =
    typeof entry === 'string'
      ? { entryPoints: [entry] }
      : { stdin: { contents: entry.source, resolveDir: entry.folder, loader: 'ts' as const } };
  const result = await build({
    ...input,
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    conditions: ['cordboard-source'],
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}
