// Bundles the browser half into the folder given (default: UppalCrm.Web/wwwroot/js). Called by the .NET build.
import { build } from 'esbuild';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { sounds } from './sounds.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? path.join(here, '../UppalCrm.Web/wwwroot/js');
const common = { outdir: out, bundle: true, platform: 'browser', target: 'es2022', minify: true, sourcemap: true, legalComments: 'none' };

await mkdir(path.join(out, 'sounds'), { recursive: true });
// Chunks are named by their content: those of an earlier build would stay for ever.
for (const name of await readdir(out)) {
  if (/^chunk-|-[A-Z0-9]{8}\.js(\.map)?$/.test(name)) {
    await rm(path.join(out, name));
  }
}

await Promise.all([
  build({
    ...common,
    entryPoints: [path.join(here, 'src/interop.ts')],
    splitting: true, // the Voice SDK and the number tables load when first needed, not with the first paint
    format: 'esm',
  }),
  // Not modules: one must run before the module, the other is a service worker.
  build({
    ...common,
    entryPoints: ['simulator-websocket', 'notifications-worker'].map(name => path.join(here, `src/${name}.ts`)),
    format: 'iife',
  }),
  ...Object.entries(sounds()).map(([name, wav]) => writeFile(path.join(out, 'sounds', `${name}.wav`), wav)),
]);
