import { describe, expect, it } from 'vitest';
import { Classifier } from '../../../src/core/models/classifier.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { float32, GraphBuilder } from '../../support/toolkit.js';

/** Two logits, each a function of the single pixel. */
async function classifierOf(write: (g: GraphBuilder, x: string) => string): Promise<Classifier> {
  const g = new GraphBuilder();
  const x = g.op('Flatten', [g.input('image', 'float32', ['N', 1, 1, 1])]);
  g.output(g.concat([x, write(g, x)], 1), 'logits');
  return new Classifier(g.build(), { runtime: await nodeRuntime(), source: 'broken.onnx' });
}

const images = float32([3, 1, 1, 1], [0, 0.5, 0]);
const objective = objectives['cross-entropy'];

describe('a model that computes NaN', () => {
  it('is refused with the number of images, not called robust', async () => {
    const classifier = await classifierOf((g, x) => g.div(x, x));
    const refusal = /broken\.onnx: its outputs are not finite numbers for 2 of 3 images/;
    await expect(classifier.logits(images)).rejects.toThrow(refusal);
    await expect(classifier.gradient(images, objective)).rejects.toThrow(refusal);
  });

  it('in its gradient alone is refused too', async () => {
    // sqrt(x^2) is |x|: fine to compute, 0/0 to differentiate at 0.
    const classifier = await classifierOf((g, x) => g.sqrt(g.mul(x, x)));
    expect((await classifier.logits(images)).data).toHaveLength(6);
    await expect(classifier.gradient(images, objective)).rejects.toThrow(
      /its input gradients are not finite .* 2 of 3/,
    );
  });
});
