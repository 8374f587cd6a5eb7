import { z } from 'zod';
import { describe, evenEdges, histogram } from '../../../core/evaluation/distributions.js';
import { effectiveWeights } from '../../../core/models/materialize.js';
import { stepKind } from '../step-kind.js';
import { weightsSchema } from './result-schemas.js';
import { MODEL, materialized } from './step-parts.js';

const title = 'weight distribution';

/** Distribution of the effective weights, whole model and each layer (Liu et al., Fig. 6). */
export const weights = stepKind({
  name: 'weights',
  version: 2,
  parameters: z.strictObject({ bins: z.int().positive() }),
  inputs: () => ({ model: MODEL }),
  artifacts: [],
  output: z.strictObject({ layers: z.array(weightsSchema) }),
  cost: () => 500,
  title: () => title,
  async run({ bins }, context) {
    const byLayer = await effectiveWeights(await materialized(context), context.runtime);
    context.progress.begin(title, byLayer.size, 'layers');
    const all = new Float32Array([...byLayer.values()].reduce((size, w) => size + w.data.length, 0));
    let at = 0;
    for (const { data } of byLayer.values()) {
      all.set(data, at);
      at += data.length;
    }
    const parts: [string, Float32Array][] = [
      ['all', all],
      ...[...byLayer].map(([name, w]): [string, Float32Array] => [name, w.data]),
    ];
    const layers = parts.map(([layer, values]) => {
      const summary = describe(values);
      const { '0.001': low = 0, '0.999': high = 0 } = summary.quantiles;
      // A few outliers would squeeze everything else into three bins; min and max tell where they are.
      const reach = 1.25 * Math.max(Math.abs(low), Math.abs(high)) || 1;
      return { layer, ...summary, histogram: histogram(values, evenEdges(-reach, reach, bins)) };
    });
    context.progress.end();
    return { meta: { layers } };
  },
});
