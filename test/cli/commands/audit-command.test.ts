import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditSchema } from '../../../src/core/evaluation/audit-schema.js';
import { readNpz } from '../../../src/core/tensor/npz.js';
import { uniqueNames } from '../../../src/node/subject/prepare-all.js';
import { cli, smallModel, workplace, writeData, writeModel } from '../support.js';

const place = workplace();
const model = place.path('hashed.onnx');
const other = place.path('other.onnx');
const data = place.path('data.npz');
const out = place.path('run');
const base = [
  'audit',
  model,
  '--data',
  data,
  '--threads',
  '1',
  '--effort',
  'quick',
  '--samples',
  '24',
  '--budget',
  'none',
];

beforeAll(() => {
  writeModel(model, smallModel('hash:1/4'));
  writeModel(other, smallModel('none'));
  writeData(data);
});

describe('audit', () => {
  it('answers for every model, and leaves a report, results and images', { timeout: 120_000 }, async () => {
    const { code, out: text, err } = await cli([...base, other, '--out', out, '--epsilon', '0.3']);
    expect(code, err).toBe(0);
    expect(text).toContain('hashed');
    expect(text).toContain('other');
    const results = auditSchema.parse(JSON.parse(readFileSync(`${out}/audit.json`, 'utf8')));
    expect(results.models.map(({ id }) => id)).toEqual(['hashed', 'other']);
    expect(results.data.attacked).toBe(24);
    expect(results.transfer!.rows).toHaveLength(2);
    expect(readFileSync(`${out}/report.html`, 'utf8')).toContain('hashed');
    for (const { gallery, robustAccuracy } of results.models) {
      expect(robustAccuracy.total).toBe(24);
      if (!gallery) continue;
      const arrays = readNpz(readFileSync(`${out}/${gallery.file.replace('.png', '.npz')}`), {
        source: 'gallery',
      });
      expect(arrays.get('adversarial')!.dims).toEqual(arrays.get('images')!.dims);
      expect(arrays.get('labels')!.dims[0]).toBe(gallery.items.length);
    }
  });

  it('finds finished work again, and gives the same results', { timeout: 120_000 }, async () => {
    const read = () => auditSchema.parse(JSON.parse(readFileSync(`${out}/audit.json`, 'utf8')));
    const before = read();
    const started = performance.now();
    const { code } = await cli([...base, other, '--out', out, '--epsilon', '0.3', '--quiet']);
    expect(code).toBe(0);
    const after = read();
    expect(after.models).toEqual(before.models);
    expect(performance.now() - started).toBeLessThan(1000 * before.time.used + 60_000);
  });

  it('exits with 3 below the share of --fail-under, the report being there', {
    timeout: 120_000,
  }, async () => {
    const place3 = place.path('failing');
    const { code, err } = await cli([
      ...base,
      '--out',
      place3,
      '--epsilon',
      '0.9',
      '--fail-under',
      '0.99',
      '--quiet',
    ]);
    expect(code).toBe(3);
    expect(err).toMatch(
      /^foolproof: the gate is not passed: hashed: [\d.]+ % .*at least 99\.0 % at epsilon 0\.9.*--fail-under.*\n$/m,
    );
    expect(existsSync(`${place3}/report.html`)).toBe(true);
    const formats = `junit,sarif=${place3}/code.sarif`;
    const exports = ['--fail-on', 'fooled,masked,inconclusive', '--export', formats];
    const failing = await cli([...base, '--out', place3, '--epsilon', '0.9', ...exports, '--quiet']);
    expect(failing.err).toMatch(/Required: verdict other than fooled, masked, inconclusive at epsilon 0\.9/);
    expect(failing.code).toBe(3);
    expect(readFileSync(`${place3}/audit.junit.xml`, 'utf8')).toContain('failures="');
    expect(JSON.parse(readFileSync(`${place3}/code.sarif`, 'utf8')).version).toBe('2.1.0');
    const again = [...base, '--out', place3, '--epsilon', '0.9', '--fail-under', '0', '--quiet'];
    const { verdict } = JSON.parse(readFileSync(`${place3}/audit.json`, 'utf8')).models[0];
    expect((await cli(again)).code).toBe(verdict === 'inconclusive' ? 3 : 0);
    expect((await cli([...again, '--allow-inconclusive'])).code).toBe(0);
  });

  it.each([
    [['--export', 'junitt'], 'unknown export format "junitt"; did you mean "junit"?'],
    [
      ['--export', 'sarif='],
      '--export: expected FORMAT or FORMAT=FILE, joined by commas, received "sarif=".',
    ],
    [
      ['--export', 'sarif=a,junit=a'],
      '--export: expected a file of its own for each format, received "a" twice.',
    ],
    [['--fail-on', 'weak'], '--fail-on: expected masked, fooled, robust, inconclusive, joined by commas'],
    [['--epsilon', '-1'], '--epsilon: expected a number above 0 such as 0.3 or 8/255, received "-1".'],
    [
      ['--budget', 'soon'],
      '--budget: expected a time from 1s to 168h such as 90s, 5m or 1h, or "none", received "soon".',
    ],
    [['--norm', 'L3'], '--norm: expected Linf or L2, received "L3".'],
    [['--fail-under', '40'], '--fail-under: expected a number from 0 to 1, received "40".'],
    [['--effort', 'heroic'], 'Allowed choices are auto, quick, full'],
    [['--samples', '0'], '--samples: expected a whole number'],
  ])('refuses %s in one line', async (flags, message) => {
    const { code, err } = await cli([...base, '--out', place.path('refused'), ...flags]);
    expect(code).toBe(2);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain(message);
    expect(existsSync(place.path('refused'))).toBe(false);
  });

  it('names what is missing', async () => {
    expect((await cli(['audit', place.path('none.onnx'), '--data', data])).err).toContain('no such file');
    expect((await cli(['audit', model])).err).toContain("required option '--data");
    expect((await cli(['audit', model, '--data', 'minst'])).err).toContain('did you mean "mnist"');
  });
});

describe('names of models', () => {
  it('are those of their files, with folders where two are the same', () => {
    expect(uniqueNames(['a/model.onnx', 'b/model.onnx', 'c.onnx'])).toEqual(['a/model', 'b/model', 'c']);
    expect(uniqueNames(['model.onnx', 'x/model.onnx'])).toHaveLength(2);
    expect(new Set(uniqueNames(['m.onnx', 'm.onnx', './m.onnx'])).size).toBe(3);
  });
});
