import { rate } from '../../../src/core/base/statistics.js';
import { parseArchitecture } from '../../../src/core/models/architectures.js';
import { cifar10 } from '../../../src/node/apps/study/cifar10-study.js';
import { type Results, resultsSchema } from '../../../src/node/apps/study/study-schema.js';
import { verdictsLike } from '../../support/study-outcomes.js';
import { bell, compared, range } from './fixture.js';
import { fileOf, pointOf } from './fixture-attacks.js';

type Attack = Results['attacks'][number];

const { epsilons, inhibitedEpsilons, taus, objectives, attackSamples, figures } = cifar10.profiles.paper!;

interface Kind {
  readonly id: string;
  readonly label: string;
  readonly network: string;
  readonly compression: string;
  readonly weights: number;
  readonly stored?: number;
  readonly correct: number;
  /** Epsilon at which about two thirds of what can be fooled is fooled. */
  readonly scale: number;
  /** Share that can be fooled at all by one step. */
  readonly reach: number;
}

const plain = { compression: 'none' };
const FOUR: readonly Kind[] = [
  {
    id: 'dnn1',
    label: 'DNN1',
    network: 'dnn1',
    ...plain,
    weights: 1_696_000,
    correct: 8702,
    scale: 0.0125,
    reach: 0.918,
  },
  {
    id: 'dnn2',
    label: 'DNN2',
    network: 'dnn2',
    ...plain,
    weights: 1_031_000,
    correct: 8894,
    scale: 0.0142,
    reach: 0.912,
  },
  {
    id: 'dnn3',
    label: 'DNN3',
    network: 'dnn3',
    ...plain,
    weights: 1_355_000,
    correct: 9021,
    scale: 0.0171,
    reach: 0.904,
  },
  {
    id: 'vgg16',
    label: 'VGG-16',
    network: 'vgg16',
    ...plain,
    weights: 5_960_000,
    correct: 9124,
    scale: 0.021,
    reach: 0.887,
  },
];

const hashed = (of: Kind, share: number, scale: number): Kind => ({
  ...of,
  id: `${of.id}-hash-1-${1 / share}`,
  label: `${of.label}, HashNet 1/${1 / share}`,
  compression: `hash:1/${1 / share}`,
  stored: Math.round(of.weights * share),
  correct: of.correct - 140,
  scale,
});
const [DNN1, , , VGG16] = FOUR as [Kind, Kind, Kind, Kind];
const SMALL = hashed(DNN1, 1 / 16, 0.0178);

/** What `--models` of the study may ask for. */
const SELECTIONS = {
  /** The four networks of the paper. */
  four: FOUR,
  /** One network with its compressed twin. */
  twins: [DNN1, SMALL],
  /** Two networks, each with compressed ones. */
  families: [DNN1, SMALL, hashed(DNN1, 1 / 64, 0.024), VGG16, hashed(VGG16, 1 / 16, 0.026)],
  /** The quick profile's. */
  one: [DNN1],
} as const satisfies Record<string, readonly Kind[]>;

/**
 * Results of a CIFAR-10 study that might have happened: four different networks, inhibited ones attacked at
 * two epsilons, no saliency attacks and no weights. None was measured.
 */
export function cifar10Fixture(selection: keyof typeof SELECTIONS = 'four'): Results {
  const kinds = SELECTIONS[selection];
  const attacks = kinds.flatMap(attacksOn);
  const results: Results = {
    schema: 'foolproof.results/1',
    toolkit: '0.1.0',
    study: 'cifar10',
    profile: 'paper',
    seed: 1,
    figures: [...figures],
    finished: '2025-02-15T12:34:56.000Z',
    environment: {
      node: 'v20.20.2',
      onnxruntime: '1.30.0',
      platform: 'linux x64',
      cpu: 'Example CPU, 2 threads',
    },
    dataset: {
      name: 'CIFAR-10',
      train: 50_000,
      test: 10_000,
      attacked: attackSamples,
      classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
    },
    models: kinds.map(modelOf),
    attacks,
    verdicts: verdictsLike(attacks),
    comparisons: [],
    inhibition: kinds.flatMap(({ id, correct }) =>
      taus.map((tau) => ({ model: id, tau, cleanAccuracy: rate(Math.round(correct - 60 * tau), 10_000) })),
    ),
    weights: [],
    gradients: attacks.filter((a) => a.variant === '').map(gradientsOf),
    gallery: [
      {
        model: 'dnn1',
        attack: 'fgsm',
        variant: '',
        objective: 'cross-entropy',
        budgetName: 'epsilon',
        budget: 8 / 255,
        file: 'gallery/dnn1-fgsm.png',
        items: [
          { index: 10, label: 0, clean: 0, adversarial: 8, confidence: 0.97 },
          { index: 37, label: 1, clean: 1, adversarial: 9, confidence: 0.88 },
          { index: 103, label: 3, clean: 3, adversarial: 5, confidence: 0.99 },
        ],
      },
    ],
    claims: [],
  };
  const complete = { ...results, comparisons: compared(results) };
  return resultsSchema.parse({ ...complete, claims: cifar10.judge(complete) });
}

function modelOf({ id, label, network, compression, weights, stored = weights, correct }: Kind) {
  return {
    id,
    label,
    architecture: parseArchitecture(network).notation,
    compression,
    file: `models/${id}.onnx`,
    bytes: 4 * stored + 9000,
    parameters: { stored, virtual: weights },
    training: {
      images: 600_000,
      epochs: 12,
      optimizer:
        'sgd, learning rate 0.1, one-cycle schedule, batch 128, weight decay 0.005, augmentation ' +
        'flip+shift:4',
      history: range(10_000, 600_000, 10_000).map((images) => ({
        images,
        loss: 0.05 + (10_000 - correct) / 9000 + 1.7 * Math.exp(-images / 110_000) * (1 - images / 700_000),
        accuracy: (correct / 1e4) * (1 - 0.7 * Math.exp(-images / 90_000)) + 0.05 * (images / 600_000),
      })),
    },
    cleanAccuracy: rate(correct, 10_000),
  };
}

/**
 * Inputs without any gradient: the clipped loss has many from the start, the stable one underflows at large
 * tau. More of both where a network is right more often.
 */
function zeroed({ correct }: Kind, objective: string, tau: number): number {
  const certain = correct / 9000;
  if (objective === 'cross-entropy-clipped') {
    return Math.round(attackSamples * (1 - (1 - 0.2 * certain) * Math.exp(-9 * certain * tau)));
  }
  return objective === 'cross-entropy' && tau > 0.25
    ? Math.round(attackSamples * 1.4 * certain ** 4 * (tau - 0.25))
    : 0;
}

function attacksOn(kind: Kind): Attack[] {
  return taus.flatMap((tau) => [
    ...objectives.map((objective) => attackOf(kind, { variant: '', objective, tau })),
    ...(tau > 0 ? [attackOf(kind, { variant: 'transfer', objective: 'cross-entropy', tau })] : []),
  ]);
}

function attackOf(kind: Kind, run: { variant: string; objective: string; tau: number }): Attack {
  const { id, scale } = kind;
  const { variant, objective, tau } = run;
  const transfer = variant === 'transfer';
  const stuck = zeroed(kind, objective, transfer ? 0 : tau);
  const reach = kind.reach - (transfer ? 0.03 + 0.08 * tau : objective === 'margin' ? 0.015 : 0);
  const own = { model: id, attack: 'fgsm', ...run };
  return {
    ...own,
    parameters: {},
    norm: 'Linf',
    budgetName: 'epsilon',
    points: (tau === 0 ? epsilons : inhibitedEpsilons).map((budget) => {
      const share = reach * (1 - Math.exp(-((budget / scale) ** 0.8)));
      return pointOf(budget, Math.round(share * (attackSamples - stuck)), attackSamples, stuck);
    }),
    zeroGradientElements: stuck / attackSamples,
    zeroGradientInputs: rate(stuck, attackSamples),
    stuck: null,
    outcomes: fileOf(own),
  };
}

function gradientsOf({ model, attack, variant, tau, objective, zeroGradientInputs }: Attack) {
  const edges = range(-46, 1, 1);
  const zeros = zeroGradientInputs!.count;
  const centre = objective === 'margin' ? -2 : -4 - 50 * tau;
  return {
    model,
    attack,
    variant,
    tau,
    objective,
    images: attackSamples,
    zeros,
    below: 0,
    above: 0,
    nonFinite: 0,
    histogram: {
      edges,
      counts: bell(edges, centre, objective === 'margin' ? 0.5 : 3, attackSamples - zeros),
    },
    quantiles: { '0.5': 10 ** centre },
  };
}
