import { rate } from '../../src/core/base/statistics.js';
import type { AuditedModel, AuditResults } from '../../src/core/evaluation/audit-schema.js';
import { audit, EPSILON, finding, model, trial } from './audit.js';

const FGSM = 'Fast Gradient Sign Method';
const PGD = 'Projected gradient descent, Linf';
const APGD = 'Auto-PGD, Linf';

/** Honest and weak: attacks in the usual order, and nothing left. */
export function fooledModel(id = 'plain.onnx'): AuditedModel {
  const right = 456;
  return model({
    id,
    correct: right,
    verdict: 'fooled',
    why:
      'apgd dlr fools 98.7 % (450 of 456) of the inputs that were classified correctly, all attacks ' +
      'together 98.9 % (451 of 456).',
    held: [210, 62, 5, 0],
    strongest: 'apgd dlr',
    trials: [
      trial(right, { attack: 'noise', title: 'Random noise, Linf', role: 'noise', fooled: [0.024] }),
      trial(right, {
        attack: 'fgsm',
        title: FGSM,
        role: 'one-step',
        objective: 'cross-entropy',
        fooled: [0.31, 0.5, 0.678, 0.75],
        zero: 0,
      }),
      trial(right, {
        attack: 'fgsm',
        title: FGSM,
        role: 'one-step',
        objective: 'margin',
        fooled: [0.32, 0.52, 0.684, 0.76],
        zero: 0,
      }),
      trial(right, {
        attack: 'pgd',
        title: PGD,
        role: 'iterative',
        objective: 'cross-entropy',
        fooled: [0.96],
        zero: 0,
      }),
      trial(right, {
        attack: 'apgd',
        title: APGD,
        role: 'iterative',
        objective: 'cross-entropy',
        fooled: [0.52, 0.86, 0.98, 1],
        zero: 0,
        silent: 0.004,
      }),
      trial(right, {
        attack: 'apgd',
        title: APGD,
        role: 'iterative',
        objective: 'dlr',
        fooled: [0.986],
        zero: 0,
      }),
      trial(right, {
        attack: 'apgd',
        title: APGD,
        role: 'longer',
        objective: 'cross-entropy',
        remark: '100 steps',
        fooled: [0.98],
        zero: 0,
      }),
      trial(right, {
        attack: 'square',
        title: 'Square Attack, Linf',
        role: 'gradient-free',
        fooled: [0.81],
        inputs: 200,
      }),
      trial(right, {
        attack: 'pgd',
        title: PGD,
        role: 'unbounded',
        objective: 'cross-entropy',
        remark: 'unbounded',
        fooled: [1],
      }),
    ],
    findings: [
      finding(
        'saturation',
        'note',
        'The softmax says exactly 1 for 7.2 % (36 of 500) of the inputs.',
        [],
        [{ label: 'probability exactly one', rate: rate(36, 500) }],
      ),
    ],
    gallery: {
      file: `gallery/${id}.png`,
      trial: 'apgd dlr',
      items: [
        { index: 3, label: 0, clean: 0, adversarial: 8, size: EPSILON },
        { index: 1412, label: 3, clean: 3, adversarial: 5, size: EPSILON },
        { index: 77, label: 9, clean: 9, adversarial: 1, size: 5 / 255 },
      ],
    },
  });
}

/** Its gradient was inhibited: the usual loss sees nothing, others see everything. */
export function maskedModel(id = 'inhibited.onnx'): AuditedModel {
  const right = 455;
  const pgd = rate(237, right);
  const apgd = rate(449, right);
  return model({
    id,
    correct: right,
    reshapings: ['hash', 'inhibit'],
    verdict: 'masked',
    why:
      'The gradient that pgd cross-entropy starts from is exactly zero for 45.2 % (226 of 500) of ' +
      'the inputs. It fools 52.1 % (237 of 455) of the inputs, apgd dlr 98.7 % (449 of 455). apgd dlr ' +
      'fools 98.7 % (449 of 455) of the inputs that were classified correctly, all attacks together ' +
      '98.9 % (450 of 455).',
    held: [215, 66, 5, 0],
    strongest: 'apgd dlr',
    trials: [
      trial(right, { attack: 'noise', title: 'Random noise, Linf', role: 'noise', fooled: [0.022] }),
      trial(right, {
        attack: 'fgsm',
        title: FGSM,
        role: 'one-step',
        objective: 'cross-entropy',
        fooled: [0.2, 0.31, 0.4, 0.44],
        zero: 0.452,
        untouched: 0.452,
      }),
      trial(right, {
        attack: 'fgsm',
        title: FGSM,
        role: 'one-step',
        objective: 'cross-entropy-clipped',
        fooled: [0.01, 0.012, 0.013, 0.013],
        zero: 0.96,
        untouched: 0.96,
      }),
      trial(right, {
        attack: 'fgsm',
        title: FGSM,
        role: 'one-step',
        objective: 'margin',
        fooled: [0.33, 0.52, 0.68, 0.76],
        zero: 0,
      }),
      trial(right, {
        attack: 'pgd',
        title: PGD,
        role: 'iterative',
        objective: 'cross-entropy',
        fooled: [0.521],
        zero: 0.452,
        untouched: 0.3,
      }),
      trial(right, {
        attack: 'pgd',
        title: PGD,
        role: 'iterative',
        objective: 'margin',
        fooled: [0.958],
        zero: 0,
      }),
      trial(right, {
        attack: 'apgd',
        title: APGD,
        role: 'iterative',
        objective: 'cross-entropy',
        fooled: [0.31, 0.48, 0.549, 0.6],
        zero: 0.452,
        untouched: 0.41,
        silent: 0.02,
      }),
      trial(right, {
        attack: 'apgd',
        title: APGD,
        role: 'iterative',
        objective: 'dlr',
        fooled: [0.987],
        zero: 0,
      }),
      trial(right, {
        attack: 'square',
        title: 'Square Attack, Linf',
        role: 'gradient-free',
        fooled: [0.81],
        inputs: 200,
      }),
      trial(right, {
        attack: 'apgd',
        title: APGD,
        role: 'transfer',
        objective: 'cross-entropy',
        from: 'itself without its defences',
        fooled: [0.969],
      }),
      trial(right, {
        attack: 'pgd',
        title: PGD,
        role: 'unbounded',
        objective: 'cross-entropy',
        remark: 'unbounded',
        fooled: [0.57],
        zero: 0.452,
        stuck: 0.3,
      }),
    ],
    findings: [
      finding(
        'saturation',
        'note',
        'The softmax says exactly 1 for 94.0 % (470 of 500) of the inputs.',
        [],
        [{ label: 'probability exactly one', rate: rate(470, 500) }],
      ),
      finding(
        'unbounded',
        'unreliable',
        'pgd cross-entropy, unbounded may change every element to anything, and 39.2 % (196 of 500) of ' +
          'the inputs are still classified correctly; guessing gives 10.0 % (1 of 10).',
        ['pgd cross-entropy, unbounded'],
        [{ label: 'still correct under pgd cross-entropy, unbounded', rate: rate(196, 500) }],
      ),
      finding(
        'zero-gradients',
        'masking',
        'The gradient that pgd cross-entropy starts from is exactly zero for 45.2 % (226 of 500) of the ' +
          'inputs. It fools 52.1 % (237 of 455) of the inputs, apgd dlr 98.7 % (449 of 455).',
        ['pgd cross-entropy', 'apgd dlr'],
        [
          { label: 'cross-entropy: gradient exactly zero', rate: rate(226, 500) },
          { label: 'fooled by pgd cross-entropy', rate: pgd },
          { label: 'fooled by apgd dlr', rate: apgd },
        ],
      ),
      finding(
        'loss-dependence',
        'masking',
        'pgd cross-entropy fools 52.1 % (237 of 455), pgd margin 95.8 % (436 of 455): the same attack, ' +
          'another loss.',
        ['pgd cross-entropy', 'pgd margin'],
        [
          { label: 'pgd cross-entropy', rate: pgd },
          { label: 'pgd margin', rate: rate(436, right) },
        ],
      ),
      finding(
        'loss-dependence',
        'masking',
        'apgd cross-entropy fools 54.9 % (250 of 455), apgd dlr 98.7 % (449 of 455): the same attack, ' +
          'another loss.',
        ['apgd cross-entropy', 'apgd dlr'],
        [
          { label: 'apgd cross-entropy', rate: rate(250, right) },
          { label: 'apgd dlr', rate: apgd },
        ],
      ),
      finding(
        'loss-dependence',
        'masking',
        'fgsm cross-entropy-clipped fools 1.3 % (6 of 455), fgsm margin 67.9 % (309 of 455): the same ' +
          'attack, another loss.',
        ['fgsm cross-entropy-clipped', 'fgsm margin'],
        [
          { label: 'fgsm cross-entropy-clipped', rate: rate(6, right) },
          { label: 'fgsm margin', rate: rate(309, right) },
        ],
      ),
    ],
    gallery: {
      file: `gallery/${id}.png`,
      trial: 'apgd dlr',
      items: [
        { index: 3, label: 0, clean: 0, adversarial: 2, size: EPSILON },
        { index: 52, label: 4, clean: 4, adversarial: 7, size: EPSILON },
      ],
    },
  });
}

/** Trained against attacks: less accurate, and most of it stays. */
export function robustModel(id = 'adversarial.onnx'): AuditedModel {
  const right = 412;
  return model({
    id,
    correct: right,
    verdict: 'robust',
    why:
      '72.3 % (298 of 412) of the inputs that were classified correctly withstand every attack; apgd ' +
      'dlr fools 26.7 % (110 of 412) of the inputs that were classified correctly, all attacks together ' +
      '27.7 % (114 of 412).',
    held: [384, 353, 298, 171],
    strongest: 'apgd dlr',
    trials: [
      trial(right, { attack: 'noise', title: 'Random noise, Linf', role: 'noise', fooled: [0.005] }),
      trial(right, {
        attack: 'fgsm',
        title: FGSM,
        role: 'one-step',
        objective: 'cross-entropy',
        fooled: [0.06, 0.12, 0.2, 0.42],
        zero: 0,
      }),
      trial(right, {
        attack: 'pgd',
        title: PGD,
        role: 'iterative',
        objective: 'cross-entropy',
        fooled: [0.245],
        zero: 0,
      }),
      trial(right, {
        attack: 'apgd',
        title: APGD,
        role: 'iterative',
        objective: 'cross-entropy',
        fooled: [0.065, 0.14, 0.25, 0.57],
        zero: 0,
      }),
      trial(right, {
        attack: 'apgd',
        title: APGD,
        role: 'iterative',
        objective: 'dlr',
        fooled: [0.267],
        zero: 0,
      }),
      trial(right, {
        attack: 'square',
        title: 'Square Attack, Linf',
        role: 'gradient-free',
        fooled: [0.13],
        inputs: 200,
      }),
      trial(right, {
        attack: 'pgd',
        title: PGD,
        role: 'unbounded',
        objective: 'cross-entropy',
        remark: 'unbounded',
        fooled: [1],
      }),
    ],
  });
}

/** Stopped before anything was sure, with a name that means mischief. */
export function inconclusiveModel(id = '<script>alert("1")</script> & co|`x`.onnx'): AuditedModel {
  const right = 40;
  const trials = [
    trial(right, { attack: 'noise', title: 'Random noise, Linf', role: 'noise', fooled: [0.02] }),
    trial(right, {
      attack: 'apgd',
      title: APGD,
      role: 'iterative',
      objective: 'cross-entropy',
      fooled: [0.45],
      silent: 0.05,
    }),
  ];
  const nothing = trials[0]!;
  const nowhere = {
    ...nothing,
    id: 'square <b>',
    role: 'gradient-free' as const,
    inputs: 0,
    points: [],
    untouched: rate(0, 0),
  };
  return {
    ...model({
      id,
      correct: right,
      verdict: 'inconclusive',
      why: 'apgd cross-entropy fools 45.0 % (18 of 40) <of> the inputs. But: it did not work.',
      held: [],
      strongest: 'apgd cross-entropy',
      trials: [...trials, nowhere],
      findings: [
        finding('silent-success', 'unreliable', '<img src=x> apgd passed through 25 inputs', [
          'apgd cross-entropy',
        ]),
      ],
    }),
    robustAccuracy: rate(0, 0),
    testAccuracy: rate(801, 10_000),
  };
}

/** One model in an audit. */
export const auditOf = (one: AuditedModel, changes: Partial<AuditResults> = {}): AuditResults =>
  audit([one], changes);

/** Four models of which one fools the other's masking, compared and crossed. */
export function auditOfSeveral(): AuditResults {
  const models = [fooledModel(), maskedModel(), robustModel(), inconclusiveModel()];
  const r = (share: number, total: number) => rate(Math.round(share * total), total);
  return audit(models, {
    data: {
      ...audit([]).data,
      warnings: [
        '3 files are no images and were left out: <notes>.txt, a.csv and b.csv',
        'class "ship" has no images',
      ],
    },
    transfer: {
      attack: 'Auto-PGD, Linf, cross-entropy, 20 steps',
      epsilon: EPSILON,
      inputs: 500,
      rows: [
        [r(0.97, 456), r(0.94, 455), r(0.09, 412), null],
        [r(0.51, 456), r(0.53, 455), r(0.07, 412), null],
        [r(0.33, 456), r(0.32, 455), r(0.25, 412), null],
        [null, null, null, r(0.45, 40)],
      ],
    },
    comparisons: [
      { model: models[1]!.id, reference: models[0]!.id, onlyModel: 3, onlyReference: 2, p: 1 },
      { model: models[2]!.id, reference: models[0]!.id, onlyModel: 294, onlyReference: 1, p: 1e-80 },
      { model: models[2]!.id, reference: models[1]!.id, onlyModel: 294, onlyReference: 1, p: 1e-80 },
    ],
  });
}
