import { z } from 'zod';
import { describe, evenEdges, histogram } from '../../../core/evaluation/distributions.js';
import { effectiveWeights } from '../../../core/models/materialize.js';
import { resultsSchema } from '../../apps/study/study-schema.js';
import type { StepKind } from '../step.js';

export type WeightsParameters = { readonly bins: number };

const output = z.object({ layers: z.array(resultsSchema.shape.weights.element.omit({ model: true })) });

/** Distribution of the effective weights, whole model and each layer (Liu et al., Fig. 6). */
export const weights: StepKind<WeightsParameters, z.infer<typeof output>> = {
  name: 'weights',
  version: 2,
  output,
  cost: () => 500,
  label: () => 'weight distribution',
  async run({ bins }, inputs, context) {
    const model = await context.materialized(inputs.get('model.onnx')!);
    const byLayer = await effectiveWeights(model, context.runtime);
    context.progress.begin(weights.label({ bins }), byLayer.size, 'layers');
    const all = new Float32Array([...byLayer.values()].reduce((size, w) => size + w.data.length, 0));
    let at = 0;
    for (const { data } of byLayer.values()) {
      all.set(data, at);
      at += data.length;
    }
    const parts: [string, Float32Array][] = [
      ['all', all],
      ...[...byLayer].map(([name, w]) => [name, w.data] as [string, Float32Array]),
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
};
