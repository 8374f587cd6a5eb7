import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attacks, sweep } from '../../../src/core/attacks/index.js';
import { inspectModel } from '../../../src/core/models/model-summary.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { readModel } from '../../../src/node/subject/load-model.js';
import { prepare } from '../../../src/node/subject/prepare.js';
import { mnist } from '../../support/mnist.js';

const FOLDER = 'bench/peers/models';

/** Networks that PyTorch's exporters wrote; bench/peers tells how. */
describe.each(readdirSync(FOLDER).filter((name) => name.endsWith('.onnx')))('%s', (name) => {
  it('is a classifier that can be differentiated', async () => {
    const report = inspectModel((await readModel(join(FOLDER, name))).model);
    expect(report.producer).toBe('pytorch');
    expect(report.classifier.problems).toEqual([]);
    expect(report.classifier.shape!.classes).toBe(10);
    expect(report.differentiable).toEqual({ ok: true, problems: [] });
  });
});

it('no committed model holds paths of the machine that wrote it', () => {
  const folders = [FOLDER, 'test/fixtures', 'docs/results/mnist-paper/models'];
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const models = files.filter((file) => file.endsWith('.onnx'));
  expect(models.length).toBeGreaterThan(5);
  const telling = models.filter((file) =>
    /\/(tmp|root|home|work|usr|Users)\/\w/.test(readFileSync(file, 'latin1')),
  );
  expect(telling).toEqual([]);
});

describe('lenet-mnist.onnx', () => {
  it('is understood without a word, its digits in another order, and fooled', {
    timeout: 120_000,
  }, async () => {
    const data = await mnist();
    const subject = await prepare(join(FOLDER, 'lenet-mnist.onnx'), data);
    const { format } = subject.provenance;
    expect(format.preprocessing.layout).toBe('flat');
    expect(format.labelMap).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const { images, labels } = data.test.batch([...Array(200).keys()]);
    const result = await sweep({
      attack: attacks.fgsm!,
      objective: objectives.margin!,
      classifier: subject,
      images,
      labels: labels.data,
      budgets: [0.3],
    });
    await subject.release();
    expect(result.cleanAccuracy.low).toBeGreaterThan(0.95);
    expect(result.points[0]!.success.low).toBeGreaterThan(0.5);
  });
});
