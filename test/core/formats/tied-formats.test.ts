import { describe, expect, it } from 'vitest';
import {
  detectFormat,
  formatSentences,
  rangeValues,
  type Sample,
  unitValues,
} from '../../../src/core/formats/index.js';
import { rows } from '../../../src/core/tensor/tensor.js';
import { formatReportOf, formatSchema } from '../../../src/node/apps/format-report.js';
import { nodeRuntime } from '../../support/toolkit.js';
import { type ImageDims, sampleOf, strangerOf } from './strangers.js';

const dims: ImageDims = [1, 6, 5];

const few = (count: number, noise = 0.05): Sample => {
  const sample = sampleOf(300, dims, 5, noise);
  return {
    ...sample,
    images: rows(sample.images, 0, count),
    labels: Array.from(sample.labels).slice(0, count),
  };
};

const detected = async (sample: Sample, of = unitValues) =>
  detectFormat(strangerOf({ layout: 'NCHW', ...of }, dims), sample, {
    runtime: await nodeRuntime(),
    threads: 1,
  });

describe('formats that the images do not tell apart', () => {
  it('are told with their accuracies and what a budget means in them', async () => {
    const format = await detected(few(6));
    expect(format.title).toBe('values 0 to 1');
    const mnist = format.tied.find(({ name }) => name === 'mnist');
    expect(mnist?.budgetRatio).toBeCloseTo(1 / 0.3081, 6);
    expect(mnist?.chosen).toMatchObject({ count: 6, total: 6 });
    const sentence = formatSentences(format).at(-1);
    expect(sentence).toMatch(/^not told apart by these images: .*\(\d\/6\)/);
    expect(sentence).toMatch(/epsilon means up to \S+ times as much to the model$/);
    const report = formatReportOf(format);
    expect(report.tied.map(({ name }) => name)).toContain('mnist');
    expect(() => formatSchema.parse(report)).not.toThrow();
  });

  it('are none where there are enough images', async () => {
    const format = await detected(few(300, 0.2));
    expect(format.tied).toEqual([]);
    expect(formatSentences(format)).toEqual([]);
  });

  it('are none that are no better than chance, and none where the format is stated', async () => {
    const format = await detected(few(6));
    expect(format.candidates.map(({ name }) => name)).toContain('bytes');
    expect(format.tied.map(({ name }) => name)).toEqual(['symmetric', 'mnist']);
    const stated = await detectFormat(strangerOf({ layout: 'NCHW', ...unitValues }, dims), few(8), {
      runtime: await nodeRuntime(),
      threads: 1,
      stated: { values: { value: unitValues, origin: 'given' } },
    });
    expect(stated.tied).toEqual([]);
  });

  it('show where another is more often right than the simplest, which is taken', async () => {
    const format = await detected(few(6), rangeValues(-1, 1));
    expect(format.title).toBe('values 0 to 1');
    const symmetric = format.tied.find(({ name }) => name === 'symmetric');
    expect(symmetric?.accuracy.count).toBe(6);
    expect(symmetric?.chosen.count).toBeLessThan(6);
    expect(formatReportOf(format).tied[0]).toMatchObject({ name: 'symmetric', budgetRatio: 2 });
  });
});
