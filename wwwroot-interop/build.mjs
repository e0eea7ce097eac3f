// Bundles the browser half into the folder given (default: UppalCrm.Web/wwwroot/js). Called by the .NET build.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? path.join(here, '../UppalCrm.Web/wwwroot/js');

await build({
  entryPoints: [path.join(here, 'src/interop.ts')],
  outdir: out,
  bundle: true,
  splitting: true, // the Voice SDK and the number tables load when first needed, not with the first paint
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  sourcemap: true,
  legalComments: 'none',
});
