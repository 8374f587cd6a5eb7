import type { GraphBuilder } from '../../onnx/builder.js';
import { type Objective, oneHot, pick, runnerUp, without } from './objective.js';

/**
 * A margin never saturates: its gradient is that of two logits, however confident the model is. Where an
 * attack that follows a cross-entropy fails and this one does not, the gradient was masked.
 */
export const margin: Objective = {
  name: 'margin',
  title: 'Margin',
  help:
    'largest other logit minus the logit of the label; its gradient does not shrink with confidence; ' +
    'positive when the model is fooled',
  source: 'Carlini and Wagner 2017, f_6',
  emit(g, logits, labels) {
    const hot = oneHot(g, logits, labels);
    const own = g.sum(g.mul(logits, hot), [1], false);
    return g.sub(g.max(without(g, logits, hot), [1], false), own);
  },
};

/** The other classes do not matter: what is left where their share of a gradient is masked. */
export const logit: Objective = {
  name: 'logit',
  title: 'Own logit',
  help:
    "minus the label's own logit; other classes have no say, and its gradient does not shrink with " +
    'confidence',
  source: 'Carlini and Wagner 2017, section IV (losses of logits); Szegedy et al. 2014',
  emit: (g, logits, labels) => g.neg(pick(g, logits, logits, labels)),
};

/**
 * Keeps a division from being one by zero where all these logits are equal; too small to change any other.
 */
const TINY = 1e-12;

/**
 * The `count` largest logits of each row, [N] each, falling; among equals the first class comes first and
 * takes the gradient.
 */
function largest(g: GraphBuilder, logits: string, count: number): string[] {
  let rest = logits;
  return Array.from({ length: count }, () => {
    const hot = oneHot(g, logits, g.op('ArgMax', [rest], { axis: 1, keepdims: 0 }));
    rest = without(g, rest, hot);
    return g.sum(g.mul(logits, hot), [1], false);
  });
}

/** `-(z_y - z_t)` over the scale of the logits, `z_pi1 - z_pi3` or `z_pi1 - (z_pi3 + z_pi4) / 2`. */
function ratio(g: GraphBuilder, logits: string, lead: string, reach: 3 | 4): string {
  const classes = Number(g.dims(logits)[1]);
  if (classes < 3) return g.neg(lead);
  const [first, , third, fourth] = largest(g, logits, Math.min(reach, classes)) as [
    string,
    string,
    string,
    string?,
  ];
  const low = fourth === undefined ? third : g.mul(g.add(third, fourth), 0.5);
  return g.neg(g.div(lead, g.add(g.sub(first, low), TINY)));
}

/**
 * Of two logits there is no ratio with a gradient that would be the same at any scale, so with two classes
 * this is the margin, whose direction is the only one there is.
 */
export const dlr: Objective = {
  name: 'dlr',
  title: 'Difference of logits ratio',
  help:
    'margin over the difference of the largest and the third largest logit; the same at any scale of the ' +
    'logits; with two classes the margin itself',
  source:
    'Croce and Hein 2020, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse ' +
    'Parameter-free Attacks", Eq. 6',
  emit(g, logits, labels) {
    const other = g.max(without(g, logits, oneHot(g, logits, labels)), [1], false);
    return ratio(g, logits, g.sub(pick(g, logits, logits, labels), other), 3);
  },
};

/** With three classes there is no fourth logit, and the scale is that of `dlr`; with two there is none. */
export const dlrTargeted: Objective = {
  name: 'dlr-targeted',
  title: 'Targeted difference of logits ratio',
  help:
    "logit of one other class minus the label's, over the largest logit minus the mean of the third and " +
    'fourth; leads to the most likely other class where an attack names none; with three classes over that ' +
    'of dlr, with two the margin itself',
  source: 'Croce and Hein 2020, Eq. 7',
  targeted: true,
  emit(g, logits, labels, targets = runnerUp(g, logits, labels)) {
    const lead = g.sub(pick(g, logits, logits, labels), pick(g, logits, logits, targets));
    return ratio(g, logits, lead, 4);
  },
};
