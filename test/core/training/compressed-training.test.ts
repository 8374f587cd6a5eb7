import { expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { compressAll, finished, parseCompression } from '../../../src/core/reshaping/index.js';
import { quadrants, train, valuesOf } from '../../support/training.js';

it.each(['quantize:int4', 'prune:0.5+cluster:8+quantize:int8'])(
  'what %s stores is trained through it, to floating-point numbers that the file rounds',
  async (text) => {
    const model = compressAll(buildModel('1x6x6-F16-4', { seed: 2 }), parseCompression(text), 1);
    const { model: trained, history } = await train(model, quadrants(64));
    expect(history.at(-1)?.loss).toBeLessThan(0.8 * (history[0]?.loss ?? 0));
    const [before, after] = [valuesOf(model), valuesOf(trained)];
    const thetas = Object.keys(before).filter((name) => name.endsWith('/theta'));
    expect(thetas).toHaveLength(2);
    for (const name of thetas) {
      // A group without values has no gradient.
      const moved = [...(after[name] ?? [])].filter((value, i) => value !== before[name]?.[i]);
      expect(moved.length).toBeGreaterThan(0.5 * (before[name]?.length ?? 0));
    }
    // The rounded copies have no floating-point theta left to train.
    expect(Object.keys(valuesOf(finished(trained))).filter((name) => name.endsWith('/theta'))).toEqual([]);
  },
);
