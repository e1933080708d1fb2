// Fails when what a browser must fetch outgrows its budget. Sizes are gzip -9, as served.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const KB = 1_000;
const BUDGET = { initial: 250 * KB, css: 15 * KB, chart: 110 * KB, route: 80 * KB };
const dist = resolve(import.meta.dirname, '../dist');
const manifest = JSON.parse(readFileSync(join(dist, 'assets/manifest.json'), 'utf8'));
const sizes = new Map();
const size = (file) => {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(dist, file)), { level: 9 }).length);
  return sizes.get(file);
};

/** Files that loading `key` brings: itself and its static imports. */
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const first = closure(entry);
const sum = (keys, kind) => [...keys].reduce((total, key) => {
  if (kind === 'css') return total + (manifest[key].css ?? []).reduce((part, file) => part + size(file), 0);
  return total + size(manifest[key].file);
}, 0);

const rows = [
  ['initial JS, login to overview without charts', sum(first, 'js'), BUDGET.initial],
  ['initial CSS', sum(first, 'css'), BUDGET.css],
];
for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry) continue;
  const extra = [...closure(key)].filter((each) => !first.has(each));
  const chart = key.includes('TimeChart');
  rows.push([`${chart ? 'chart' : 'route'} ${key}`, sum(extra, 'js') + sum(extra, 'css'), chart ? BUDGET.chart : BUDGET.route]);
}
let over = false;
for (const [name, bytes, budget] of rows) {
  const bad = bytes > budget;
  over ||= bad;
  console.log(`${bad ? 'OVER ' : 'ok   '} ${(bytes / KB).toFixed(1).padStart(7)} of ${(budget / KB).toFixed(0).padStart(3)} kB  ${name}`);
}
if (over) {
  console.error('A budget is exceeded; split the chunk or drop the weight, do not raise the budget.');
  process.exitCode = 1;
}
