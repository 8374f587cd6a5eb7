import { bounded } from '../../base/bounded.js';
import { normalizeAxis } from '../../onnx/operators/operator.js';
import { exact, type RuleContext, type RuleFamily, sumTo, unless, unsupported } from '../rule.js';

/** A per-channel vector [C] in the shape that broadcasts against [N, C, ...]. */
const perChannel = (c: RuleContext, value: string) => {
  const rank = c.dims(0).length;
  return c.g.reshape(value, [1, c.g.dims(value)[0]!, ...Array(Math.max(0, rank - 2)).fill(1)]);
};

const sumChannels = (c: RuleContext, value: string) => {
  const axes = [...Array(c.dims(0).length).keys()].filter((a) => a !== 1);
  return c.g.sum(value, axes, false);
};

/** 1 / sqrt(variance + epsilon), [C]; folded into a constant when the variance is one. */
const inverseDeviation = (c: RuleContext<'BatchNormalization'>) => {
  const variance = c.g.add(c.x(4), c.attributes.epsilon);
  return c.g.op('Reciprocal', [c.g.sqrt(variance)]);
};

const centred = (c: RuleContext) => c.g.sub(c.x(0), perChannel(c, c.x(3)));
/** scale / deviation, [C]. */
const gain = (c: RuleContext<'BatchNormalization'>) => c.g.mul(c.x(1), inverseDeviation(c));

const mean = (c: RuleContext, value: string, axes: readonly number[]) =>
  c.g.op('ReduceMean', [value, c.g.ints(axes)], { keepdims: 1 });

type Standardizing = RuleContext<'LayerNormalization' | 'InstanceNormalization'>;

/** The input with mean 0 and variance 1 along `axes`, and what it was multiplied by. */
function standardized(c: Standardizing, axes: readonly number[]): { value: string; inverse: string } {
  const { g } = c;
  const centre = g.sub(c.x(0), mean(c, c.x(0), axes));
  const variance = mean(c, g.mul(centre, centre), axes);
  const inverse = g.op('Reciprocal', [g.sqrt(g.add(variance, c.attributes.epsilon))]);
  return { value: g.mul(centre, inverse), inverse };
}

/** Cotangent of an input that is standardized along `axes`, from the cotangent of the standardized value. */
function throughStandardized(c: Standardizing, axes: readonly number[], cotangent: string): string {
  const { g } = c;
  const { value, inverse } = standardized(c, axes);
  const along = g.mul(value, mean(c, g.mul(cotangent, value), axes));
  return g.mul(inverse, g.sub(g.sub(cotangent, mean(c, cotangent, axes)), along));
}

const layerAxes = (c: RuleContext<'LayerNormalization'>) => {
  const rank = c.dims(0).length;
  const first = normalizeAxis(c.attributes.axis, rank);
  return Array.from({ length: bounded(rank - first) }, (_, i) => first + i);
};
const spatialAxes = (c: RuleContext) => [...c.dims(0).keys()].slice(2);

export const normalization = {
  Softmax: exact((c) => {
    const { g } = c;
    const weighted = g.mul(c.dy, c.y);
    return g.sub(weighted, g.mul(c.y, g.sum(weighted, [c.attributes.axis])));
  }),
  LogSoftmax: exact((c) => c.g.sub(c.dy, c.g.mul(c.g.exp(c.y), c.g.sum(c.dy, [c.attributes.axis])))),
  LayerNormalization: exact(
    (c) => throughStandardized(c, layerAxes(c), c.g.mul(c.dy, c.x(1))),
    (c) => sumTo(c.g, c.g.mul(c.dy, standardized(c, layerAxes(c)).value), c.dims(1)),
    (c) => sumTo(c.g, c.dy, c.dims(2)),
  ),
  InstanceNormalization: exact(
    (c) => throughStandardized(c, spatialAxes(c), c.g.mul(c.dy, perChannel(c, c.x(1)))),
    (c) => sumChannels(c, c.g.mul(c.dy, standardized(c, spatialAxes(c)).value)),
    (c) => sumChannels(c, c.dy),
  ),
  BatchNormalization: unless(
    (c) =>
      c.attributes.training_mode === 1 ? 'in training mode; export the model for inference' : undefined,
    exact(
      (c) => c.g.mul(c.dy, perChannel(c, gain(c))),
      (c) => c.g.mul(sumChannels(c, c.g.mul(c.dy, centred(c))), inverseDeviation(c)),
      (c) => sumChannels(c, c.dy),
      (c) => c.g.neg(c.g.mul(sumChannels(c, c.dy), gain(c))),
      (c) => {
        const { g } = c;
        const inverse = inverseDeviation(c);
        const cubed = g.mul(g.mul(inverse, inverse), inverse);
        const moment = sumChannels(c, g.mul(c.dy, centred(c)));
        return g.mul(g.mul(moment, g.mul(c.x(1), cubed)), -0.5);
      },
    ),
  ),
  LRN: unsupported('only with a fixed number of channels'),
  GroupNormalization: unsupported(),
  RMSNormalization: unsupported(),
  LpNormalization: unsupported(),
  MeanVarianceNormalization: unsupported(),
} as const satisfies RuleFamily;
