import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { lookUp, namesOf } from '../../src/core/base/names.js';
import { fuzz } from './harness.js';
import { targets } from './targets/index.js';

/*
 * npm run -s fuzz -- --minutes 5 [--seed 1] [--target models] [--cases 1000] [--from 0] [--keep FOLDER]
 *
 * Tries inputs that are damaged or hostile. What fails is made smaller and written to a folder; moved to
 * test/fuzz/cases it becomes a test. The same seed gives the same cases.
 */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string' },
    cases: { type: 'string', default: '1000000' },
    from: { type: 'string', default: '0' },
    keep: { type: 'string', default: fileURLToPath(new URL('found', import.meta.url)) },
  },
});

const all = namesOf(targets);
const chosen = values.target === undefined ? all : values.target.split(',');
for (const name of chosen) lookUp(targets, name, 'target');
const seconds = (60 * Number(values.minutes)) / chosen.length;
let failures = 0;
for (const target of all.filter((name) => chosen.includes(name))) {
  const started = performance.now();
  const { count, findings } = await fuzz(target, {
    seed: Number(values.seed),
    from: Number(values.from),
    cases: Number(values.cases),
    seconds,
  });
  failures += findings.length;
  const kinds = ['error', 'abort', 'slow', 'memory'] as const;
  const counts = kinds.map((kind) => `${findings.filter((f) => f.kind === kind).length} ${kind}`);
  const took = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${target}: ${count} cases in ${took} s, seed ${values.seed}: ${counts.join(', ')}`);
  const signatures = new Map(findings.map((finding) => [`${finding.kind} ${finding.signature}`, finding]));
  for (const [signature, { index, bytes }] of signatures) {
    const times = findings.filter((f) => `${f.kind} ${f.signature}` === signature).length;
    console.log(`  ${times} x ${signature}`);
    const first = findings.find((f) => `${f.kind} ${f.signature}` === signature && f.bytes) ?? { bytes };
    if (!first.bytes) {
      console.log(`    --target ${target} --seed ${values.seed} --from ${index} --cases 1`);
      continue;
    }
    mkdirSync(values.keep, { recursive: true });
    const hash = createHash('sha256').update(first.bytes).digest('hex').slice(0, 10);
    const file = join(values.keep, `${target}-${hash}.bin`);
    writeFileSync(file, first.bytes);
    console.log(`    ${file}`);
  }
}
process.exitCode = failures > 0 ? 1 : 0;
