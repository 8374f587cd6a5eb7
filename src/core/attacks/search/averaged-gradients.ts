import type { Random } from '../../base/random.js';
import type { GradientResult } from '../../models/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';
import { clipAt } from '../harness/bounds.js';
import { rowOf } from '../harness/rows.js';
import type { AttackTarget, GradientQuery } from '../harness/target.js';

type Floats = Tensor<'float32'>;

/** What gradients are averaged over. */
export interface Averaging {
  /** Points for each gradient, the asked one among them. */
  readonly samples: number;
  /** Half the width of the widest noise, in input units. */
  readonly widest: number;
  /** How often the width is halved before it begins anew. */
  readonly scales: number;
  /** A stream for each input of the batch, which goes on from gradient to gradient. */
  random(row: number): Random;
  /** Hears of every point that was asked about, with the input that it is a version of. */
  heard?(point: Float32Array, row: number, logits: Floats, at: number): void;
}

/** Width of the noise of a sample: all scales in turn, the widest first; 0 for the point itself. */
const widthOf = (sample: number, { widest, scales }: Averaging): number =>
  sample === 0 ? 0 : widest / 2 ** ((sample - 1) % scales);

/**
 * A target whose gradients and losses are means over points near the asked one, which is one of them: uniform
 * noise in a cube around it, of several widths in turn, cut to the bounds. Logits are those of the asked
 * point.
 */
export function averagedTarget(target: AttackTarget, averaging: Averaging): AttackTarget {
  const { samples } = averaging;
  return {
    ...forwarded(target),
    async gradient(images, query) {
      const count = images.dims[0] ?? 0;
      if (samples <= 1 || count === 0) return target.gradient(images, query);
      const width = images.data.length / count;
      const points = new Float32Array(samples * images.data.length);
      for (let k = 0; k < samples; k++) {
        const reach = widthOf(k, averaging);
        query.rows.forEach((row, at) => {
          const random = averaging.random(row);
          const x = rowOf(images, at);
          const start = (k * count + at) * width;
          for (let i = 0; i < width; i++) {
            const noise = reach === 0 ? 0 : reach * (2 * random.uniform() - 1);
            points[start + i] = clipAt((x[i] ?? 0) + noise, target.bounds, i);
          }
        });
      }
      const dims = [samples * count, ...images.dims.slice(1)];
      const asked: Floats = { dtype: 'float32', dims, data: points };
      const all = await target.gradient(asked, repeated(query, samples));
      for (let at = 0; at < samples * count; at++)
        averaging.heard?.(rowOf(asked, at), query.rows[at % count] ?? 0, all.logits, at);
      return meanOf(all, images, samples);
    },
  };
}

/** The other queries of a target, bound to it: its class may hold state. */
const forwarded = (target: AttackTarget): Omit<AttackTarget, 'gradient'> => ({
  classes: target.classes,
  bounds: target.bounds,
  logits: (images, rows) => target.logits(images, rows),
  predict: (images, rows) => target.predict(images, rows),
  vjp: (images, rows, cotangents, outputs) => target.vjp(images, rows, cotangents, outputs),
});

function repeated({ rows, objective, labels, targets }: GradientQuery, times: number): GradientQuery {
  const again = (values: ArrayLike<number>): number[] =>
    Array.from({ length: times }, () => Array.from(values)).flat();
  return {
    rows: again(rows),
    objective,
    ...(labels && { labels: again(labels) }),
    ...(targets && { targets: again(targets) }),
  };
}

/** Means of losses and gradients over the samples; logits of the first one. */
function meanOf({ loss, logits, gradient }: GradientResult, images: Floats, samples: number): GradientResult {
  const count = images.dims[0] ?? 0;
  const classes = logits.data.length / (samples * count);
  const sums = new Float64Array(images.data.length);
  const losses = new Float64Array(count);
  for (let k = 0; k < samples; k++) {
    for (let i = 0; i < sums.length; i++)
      sums[i] = (sums[i] ?? 0) + (gradient.data[k * sums.length + i] ?? 0);
    for (let n = 0; n < count; n++) losses[n] = (losses[n] ?? 0) + (loss[k * count + n] ?? 0);
  }
  return {
    loss: Float32Array.from(losses, (sum) => sum / samples),
    logits: { ...logits, dims: [count, classes], data: logits.data.slice(0, count * classes) },
    gradient: { ...images, data: Float32Array.from(sums, (sum) => sum / samples) },
  };
}
