import { expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { materialize } from '../../../src/core/models/materialize.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import { parseReshaping, reshapeAll, weightLayers } from '../../../src/core/reshaping/index.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { classifierOf, largestDifference } from '../../support/classifiers.js';
import { digits } from '../../support/mnist.js';

it(
  "the paper's network at 1/64 is a fortieth of the file and computes the same as its " + 'written-out twin',
  async () => {
    const dense = buildModel('784-C64-C128-F512-10');
    const bytes = encodeModel(reshapeAll(dense, parseReshaping('hash:1/64'), 1));
    // Biases and the graph itself are not compressed.
    expect(bytes.length).toBeLessThan(encodeModel(dense).length / 40);

    const compact = decodeModel(bytes);
    const twin = await materialize(compact, await nodeRuntime());
    expect(twin.graph.nodes.map((node) => node.op)).not.toContain('BitShift');
    expect(weightLayers(compact).map((l) => [l.weight, [...l.dims]])).toEqual(
      weightLayers(dense).map((l) => [l.weight, [...l.dims]]),
    );
    for (const { weight } of weightLayers(dense)) {
      const values = twin.graph.initializers.get(weight)!.data as Float32Array;
      // As many virtual weights as the dense network has, but of at most as many
      // magnitudes as there are buckets.
      expect(values.length).toBe(dense.graph.initializers.get(weight)!.data.length);
      expect(new Set(values.map(Math.abs)).size).toBeLessThanOrEqual(Math.round(values.length / 64));
    }

    const { images } = await digits(32);
    const [a, b] = [await classifierOf(compact), await classifierOf(twin)];
    const [x, y] = [await a.logits(images), await b.logits(images)];
    expect(largestDifference(x.data, y.data)).toBeLessThan(1e-4);
    // Logits that all vanish would be equal too.
    expect(Math.max(...x.data.map(Math.abs))).toBeGreaterThan(0.1);
    await Promise.all([a.release(), b.release()]);
  },
);
