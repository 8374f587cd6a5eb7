import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../../src/core/models/build-model.js';
import { encodeModel } from '../../../../src/core/onnx/encode.js';
import { inhibitLayer, parseReshaping, reshapeAll } from '../../../../src/core/reshaping/index.js';
import type { AuditOutcome } from '../../../../src/node/apps/audit/audit-options.js';
import { runAudit } from '../../../../src/node/apps/audit/run-audit.js';
import { nodeRuntime } from '../../../../src/node/runtime.js';
import { RunDirectory } from '../../../../src/node/store/run-directory.js';
import { prepare } from '../../../../src/node/subject/prepare.js';
import { putDataset } from '../../../../src/node/work/data-source.js';
import { OtherProcess } from '../../../support/other-process.js';
import { tinyData } from '../../../support/tiny-data.js';
import { useTemporaryFolders } from '../../store/temporary.js';

const temporaryFolder = useTemporaryFolders();

/** What differs between two runs of one audit. */
const timeless = ({ results, galleries }: AuditOutcome) => ({
  ...results,
  ...{ finished: '', time: null },
  models: results.models.map((model) => ({
    ...model,
    trials: model.trials.map(({ seconds: _, ...trial }) => trial),
  })),
  images: [...galleries].map(([file, { originals, adversarial }]) => [file, originals, adversarial]),
});

describe('an audit', { timeout: 240_000 }, () => {
  it('is made in another process from its steps as JSON, the files of the models and the data', async () => {
    const folder = temporaryFolder();
    const network = buildModel('1x4x4-F8-2', { seed: 1 });
    // A compressed model with a defence, and one that is given other values, and counts its
    // classes the other way round.
    const files = {
      inhibited: inhibitLayer(reshapeAll(network, parseReshaping('hash:1/2'), 1), 0.05),
      plain: buildModel('1x4x4-F8-2', { seed: 2 }),
    };
    const runtime = await nodeRuntime({ threads: 1 });
    const paths: string[] = [];
    for (const [name, model] of Object.entries(files)) {
      const path = join(folder, `${name}.onnx`);
      await writeFile(path, encodeModel(model));
      paths.push(path);
    }
    await writeFile(`${paths[1]}.json`, JSON.stringify({ range: [-1, 1], labels: [1, 0] }));
    const models = await Promise.all(paths.map((path) => prepare(path, tinyData, { runtime })));
    const options = {
      ...({ runtime, models, data: tinyData, norm: 'Linf', epsilon: 0.3, effort: 'quick' } as const),
      indices: Uint32Array.from({ length: 12 }, (_, n) => n),
      rounding: 255,
    };
    const ours = await runAudit(options);

    const other = new OtherProcess(join(temporaryFolder(), 'run'));
    const store = await RunDirectory.open(other.root);
    for (const path of paths) await store.put(await readFile(path));
    await putDataset(store, tinyData);
    await store.close();
    const theirs = await runAudit({ ...options, executor: other });
    for (const model of models) await model.release();

    const kinds = other.computed.map((id) => id.split('/')[1]?.replace(/-.*/, ''));
    const chunks = kinds.filter((kind) => kind === 'inputs');
    // As many as the speed of the machine suggests, the same inputs of both models.
    expect(chunks.length).toBeGreaterThanOrEqual(2);
    expect(kinds).toEqual([
      ...['throughput', 'throughput', 'probe', 'probe', ...chunks],
      ...theirs.results.models.filter(({ gallery }) => gallery).map(() => 'gallery'),
    ]);
    expect(theirs.results.data.attacked).toBe(12);
    expect(timeless(theirs)).toEqual(timeless(ours));
    // Something was followed that is not the attacked model itself, and something fooled.
    const froms = ours.results.models.flatMap(({ trials }) => trials.map(({ from }) => from));
    expect(new Set(froms)).toEqual(new Set([null, 'itself without its defences', 'inhibited', 'plain']));
    expect(ours.galleries.size).toBeGreaterThan(0);
  });
});
