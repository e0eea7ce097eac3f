// `npm run size`: what the desk weighs over the wire. Scripts and styles, the Voice SDK included; fails above the limit.
import { readdir, readFile } from 'node:fs/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const limit = 500_000;
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../UppalCrm.Web/wwwroot');
const files = (await readdir(root, { recursive: true })).filter(name => /\.(js|css)$/.test(name)).sort();
let gz = 0;
let br = 0;
const rows = [];
for (const name of files) {
  const bytes = await readFile(path.join(root, name));
  const [g, b] = [gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
  // The simulator's script is never loaded in production, the worker not by the page.
  const counted = !/simulator-websocket|notifications-worker/.test(name);
  if (counted) {
    gz += g;
    br += b;
  }
  rows.push({ file: name, raw: bytes.length, gzip: g, brotli: b, counted });
}
console.table(rows);
console.log(
    `Desk, all scripts and styles of ours with the Voice SDK and the number tables: ${gz} bytes gzip,
    ${br} bytes brotli (limit ${limit}).`);
if (gz > limit) {
  console.error('Above the limit.');
  process.exit(1);
}
