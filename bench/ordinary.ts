import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { AuditedModel } from '../src/core/evaluation/audit-schema.js';
import { auditFindings } from '../src/core/evaluation/findings/index.js';
import { encodeModel } from '../src/core/onnx/encode.js';
import { audit } from '../src/node/apps/audit/audit-app.js';
import { readModel } from '../src/node/subject/load-model.js';
import { traps } from './traps.js';

/**
 * Both error rates of every finding: how often it names an ordinary network as masked or unreliable, and how
 * many traps, made of the first of the networks, nothing names. JSON on stdout, a table on stderr.
 *
 * usage: node --import tsx bench/ordinary.ts <data> <epsilon> <samples> <model>...
 */
const [data = 'mnist', epsilon = '0.15', samples = '24', ...paths] = process.argv.slice(2);

async function audited(path: string): Promise<AuditedModel | undefined> {
  const options = { epsilon: Number(epsilon), samples: Number(samples), effort: 'quick' } as const;
  try {
    const { results } = await audit({ models: [path], data, seconds: 240, ...options });
    return results.models[0];
  } catch (error) {
    process.stderr.write(`${path}: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

const alarms = ({ findings }: AuditedModel) =>
  findings.filter(({ severity }) => severity !== 'note').map(({ id }) => id);

const folder = await mkdtemp(join(tmpdir(), 'traps-'));
const rows: { model: string; trap: boolean; verdict: string; alarms: string[]; named: boolean | null }[] = [];
const show = (row: (typeof rows)[number]) => {
  rows.push(row);
  const named = row.named === null ? '' : row.named ? 'named' : 'NOT NAMED';
  const cells = [row.model.padEnd(48), row.verdict.padEnd(13), named.padEnd(10), row.alarms.join(' ')];
  process.stderr.write(`${cells.join(' ')}\n`);
};
for (const path of paths) {
  const model = await audited(path);
  if (!model) continue;
  show({ model: basename(path), trap: false, verdict: model.verdict, alarms: alarms(model), named: null });
}
const [first] = paths;
if (first) {
  const { model } = await readModel(first);
  for (const [i, trap] of traps.entries()) {
    const path = join(folder, `trap-${i}.onnx`);
    await writeFile(path, encodeModel(trap.make(model)));
    const found = await audited(path);
    if (!found) continue;
    const ids = alarms(found);
    const named = trap.named.some((id) => ids.includes(id));
    show({ model: trap.name, trap: true, verdict: found.verdict, alarms: ids, named });
  }
}
await rm(folder, { recursive: true });

const [ordinary, trapped] = [rows.filter(({ trap }) => !trap), rows.filter(({ trap }) => trap)];
const findings = Object.keys(auditFindings).map((id) => ({
  finding: id,
  ordinary: ordinary.filter((row) => row.alarms.includes(id)).length,
  traps: trapped.filter((row) => row.alarms.includes(id)).length,
}));
for (const { finding, ...counts } of findings)
  process.stderr.write(
    `${finding.padEnd(40)} ${counts.ordinary} of ${ordinary.length} ordinary, ` +
      `${counts.traps} of ${trapped.length} traps\n`,
  );
process.stdout.write(`${JSON.stringify({ data, epsilon, samples, rows, findings }, null, 2)}\n`);
