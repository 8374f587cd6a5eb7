import { float, int, ints, required } from './attributes.js';
import { normalizeAxis, type OperatorFamily, operator } from './operator.js';
import { change, input, output, step } from './rewrites.js';
import { same } from './types.js';

const epsilon = float(1e-5);

export const normalizations = {
  BatchNormalization: operator({
    attributes: { epsilon, momentum: float(0.9), training_mode: int(0) },
    // In training mode the statistics of the batch follow, of the shapes of the running ones.
    shape: (c) => (c.attributes.training_mode === 1 ? [c.type(0), c.type(3), c.type(4)] : [c.type(0)]),
    /**
     * Statistics of training are no longer outputs; `spatial: 0` normalized every element by numbers of its
     * own.
     */
    upgrade: {
      before: 14,
      attributes: { spatial: int(1), is_test: int(0) },
      rewrite: (c) => {
        const [x, scale, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => input(c, i));
        if (c.attributes.spatial === 1)
          return [change(c.node, { outputs: [output(c)], drop: ['spatial', 'is_test'] })];
        const [centred, safe, deviation] = [c.fresh(), c.fresh(), c.fresh()];
        const [normal, scaled] = [c.fresh(), c.fresh()];
        return [
          step('Sub', [x ?? '', mean ?? ''], centred),
          step('Add', [variance ?? '', c.scalarLike(0, c.attributes.epsilon)], safe),
          step('Sqrt', [safe], deviation),
          step('Div', [centred, deviation], normal),
          step('Mul', [normal, scale ?? ''], scaled),
          step('Add', [scaled, bias ?? ''], output(c)),
        ];
      },
    },
  }),
  InstanceNormalization: operator({ attributes: { epsilon }, shape: same }),
  LayerNormalization: operator({
    attributes: { axis: int(-1), epsilon, stash_type: int(1) },
    shape: (c) => {
      const dims = c.dims(0);
      const axis = normalizeAxis(c.attributes.axis, dims.length);
      const statistics = { dtype: 'float32', dims: dims.map((d, i) => (i < axis ? d : 1)) } as const;
      return [c.type(0), statistics, statistics];
    },
  }),
  // Operator set 18 has one scale for each group, 21 one for each channel.
  GroupNormalization: operator({
    attributes: { epsilon, num_groups: required(int()), stash_type: int(1) },
    shape: same,
  }),
  RMSNormalization: operator({ attributes: { axis: int(-1), epsilon, stash_type: int(1) }, shape: same }),
  LpNormalization: operator({ attributes: { axis: int(-1), p: int(2) }, shape: same }),
  MeanVarianceNormalization: operator({ attributes: { axes: ints([0, 2, 3]) }, shape: same }),
  LRN: operator({
    attributes: { alpha: float(0.0001), beta: float(0.75), bias: float(1), size: required(int()) },
    shape: same,
  }),
} as const satisfies OperatorFamily;
