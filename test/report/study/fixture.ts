import { rate } from '../../../src/core/base/statistics.js';
import { sameAttack } from '../../../src/node/apps/study/comparisons.js';
import { type Results, resultsSchema } from '../../../src/node/apps/study/study-schema.js';
import { verdictsLike } from '../../support/study-outcomes.js';
import { fgsmAttacks, IMAGES, jsmaAttacks, OBJECTIVES, TAUS, zeroed } from './fixture-attacks.js';

/**
 * Bell-shaped counts over `edges`, adding up to about `total`: what real histograms of weights
 * and gradients look like.
 */
export function bell(edges: readonly number[], centre: number, width: number, total: number): number[] {
  const middles = edges.slice(1).map((edge, i) => (edge + edges[i]!) / 2);
  const heights = middles.map((m) => Math.exp(-0.5 * ((m - centre) / width) ** 2));
  const sum = heights.reduce((a, b) => a + b, 0);
  return heights.map((h) => Math.round((h / sum) * total));
}

export const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => Number((from + i * step).toFixed(6)));

const KINDS = [
  { id: 'uncompressed', label: 'Uncompressed', compression: 'none', rate: 1, correct: 9921, spread: 0.04 },
  {
    id: 'hash-1-8',
    label: 'HashNet 1/8',
    compression: 'hash:1/8',
    rate: 1 / 8,
    correct: 9917,
    spread: 0.061,
  },
  {
    id: 'hash-1-16',
    label: 'HashNet 1/16',
    compression: 'hash:1/16',
    rate: 1 / 16,
    correct: 9911,
    spread: 0.083,
  },
  {
    id: 'hash-1-32',
    label: 'HashNet 1/32',
    compression: 'hash:1/32',
    rate: 1 / 32,
    correct: 9899,
    spread: 0.112,
  },
  {
    id: 'hash-1-64',
    label: 'HashNet 1/64',
    compression: 'hash:1/64',
    rate: 1 / 64,
    correct: 9874,
    spread: 0.16,
  },
];

/**
 * Results of a study that might have happened: the numbers follow the shapes of the paper, none was measured.
 * Three models by default (uncompressed, 1/8, 1/64); `full` gives the paper's five.
 */
export function fixture(full = false): Results {
  const kinds = KINDS.filter((k) => full || ['uncompressed', 'hash-1-8', 'hash-1-64'].includes(k.id));
  const attacks = kinds.flatMap((k) => [...fgsmAttacks(k), ...jsmaAttacks(k)]);

  const results: Results = {
    schema: 'foolproof.results/1',
    toolkit: '0.1.0',
    study: 'mnist',
    profile: 'quick',
    seed: 20170,
    figures: ['3', '4', '5', '6', '7', '9', '10a'],
    finished: '2025-01-15T12:34:56.000Z',
    environment: {
      node: 'v20.20.2',
      onnxruntime: '1.30.0',
      platform: 'linux x64',
      cpu: 'Example CPU, 2 threads',
    },
    dataset: { name: 'MNIST', train: 60_000, test: 10_000, attacked: IMAGES },
    models: kinds.map((k) => ({
      id: k.id,
      label: k.label,
      architecture: '784-C64-C128-F512-10',
      compression: k.compression,
      file: `models/${k.id}.onnx`,
      bytes: Math.round(3_327_000 * 4 * k.rate) + 4200,
      parameters: { stored: Math.round(3_327_000 * k.rate), virtual: 3_327_000 },
      training: {
        images: 120_000,
        epochs: 2,
        optimizer: 'adam, learning rate 0.001, constant schedule, batch 32',
        history: range(2000, 120_000, 2000).map((images) => ({
          images,
          loss:
            0.02 +
            k.spread / 4 +
            1.9 * Math.exp(-images / 9000) +
            0.006 * Math.abs(Math.sin(images * k.spread)),
          accuracy: Math.min(1, (k.correct / 1e4) * (1 - 0.35 * Math.exp(-images / 8000))),
        })),
      },
      cleanAccuracy: rate(k.correct, 10_000),
    })),
    attacks,
    verdicts: verdictsLike(attacks),
    comparisons: [],
    inhibition: kinds.flatMap((k) =>
      TAUS.map((tau) => ({
        model: k.id,
        tau,
        cleanAccuracy: rate(Math.round(k.correct - 40 * tau), 10_000),
      })),
    ),
    weights: kinds.flatMap((k) =>
      ['all', 'conv1.weight', 'conv2.weight', 'fc1.weight', 'fc2.weight'].map((layer, i) => {
        const spread = k.spread * (i === 0 ? 1 : (1.9 - 0.35 * i) * (i === 1 ? 1.4 : 1));
        const edges = range(-6 * spread, 6 * spread, spread / 6);
        const quantiles = {
          '0.001': -3.09 * spread,
          '0.05': -1.64 * spread,
          '0.5': 0,
          '0.95': 1.64 * spread,
          '0.999': 3.09 * spread,
        };
        return {
          model: k.id,
          layer,
          count: 100_000,
          min: -5.1 * spread,
          max: 4.9 * spread,
          mean: 0,
          standardDeviation: spread,
          quantiles,
          histogram: { edges, counts: bell(edges, 0, spread, 100_000) },
        };
      }),
    ),
    gradients: kinds.flatMap((k) =>
      OBJECTIVES.flatMap((objective) =>
        (k.id === 'uncompressed' ? TAUS : [0]).map((tau) => {
          const edges = range(-46, 1, 1);
          const zeros = zeroed(objective, tau, k.spread);
          const margin = objective === 'margin';
          const centre = margin ? -2 : Math.max(-40, -5 - 60 * k.spread - 250 * tau);
          const counts = bell(edges, centre, margin ? 0.5 : 5, IMAGES - zeros);
          return {
            model: k.id,
            attack: 'fgsm',
            variant: '',
            tau,
            objective,
            images: IMAGES,
            zeros,
            below: 0,
            above: 0,
            nonFinite: 0,
            histogram: { edges, counts },
            quantiles: { '0.5': 10 ** centre },
          };
        }),
      ),
    ),
    gallery: [
      {
        model: 'uncompressed',
        attack: 'fgsm',
        variant: '',
        objective: 'cross-entropy',
        budgetName: 'epsilon',
        budget: 0.3,
        file: 'gallery/uncompressed-fgsm.png',
        items: [
          { index: 12, label: 9, clean: 9, adversarial: 4, confidence: 0.93 },
          { index: 77, label: 1, clean: 1, adversarial: 8, confidence: 0.61 },
          { index: 301, label: 7, clean: 7, adversarial: 3, confidence: 0.55 },
        ],
      },
      {
        model: 'hash-1-64',
        attack: 'fgsm',
        variant: '',
        objective: 'cross-entropy',
        budgetName: 'epsilon',
        budget: 0.3,
        file: 'gallery/hash-1-64-fgsm.png',
        items: [
          { index: 12, label: 9, clean: 9, adversarial: 5, confidence: 0.71 },
          { index: 77, label: 1, clean: 1, adversarial: 8, confidence: 0.48 },
        ],
      },
      {
        model: 'hash-1-64',
        attack: 'jsma',
        variant: 'iterative pairs',
        objective: 'logits',
        budgetName: 'elements',
        budget: 100,
        file: 'gallery/hash-1-64-jsma-iterative-pairs.png',
        items: [{ index: 301, label: 7, clean: 7, adversarial: 2, confidence: 0.52 }],
      },
    ],
    claims: [
      {
        id: 'accuracy-uncompressed',
        figure: '3',
        statement: 'The uncompressed model classifies 99.29 % of the test images correctly.',
        paper: '99.29 %',
        ours: '99.21 % (99.02–99.37)',
        verdict: 'reproduced',
        note: '',
      },
      {
        id: 'success-falls-with-compression',
        figure: '4',
        statement:
          'At each epsilon the attack succeeds less often on every HashNet than on the uncompressed model.',
        paper: 'lower at 5 of 5 epsilons',
        ours: 'lower at 4 of 5 epsilons',
        verdict: 'partly',
        note: 'At epsilon 0.5 the intervals overlap.',
      },
      {
        id: 'inhibition-average',
        figure: '10a',
        statement: 'At tau = 0.1 the average success at epsilon 0.5 falls from 87.99 % to 4.77 %.',
        paper: '87.99 % → 4.77 %',
        ours: '91.2 % → 90.8 % (stable), 88.1 % → 7.4 % (clipped)',
        verdict: 'not reproduced',
        note: 'Only with the clipped loss, whose gradient is exactly zero for most inputs.',
      },
      {
        id: 'jsma',
        figure: '5',
        statement: 'The same trend holds for HJSMA.',
        paper: 'same trend',
        ours: 'not measured',
        verdict: 'not measured',
        note: '',
      },
    ],
  };
  return resultsSchema.parse({ ...results, comparisons: compared(results) });
}

/**
 * Comparisons that go with the counts of the attacks: the model that is fooled less often is fooled on a
 * subset, but for five.
 */
export function compared({ models, attacks }: Results): Results['comparisons'] {
  return models.flatMap(({ id }, i) =>
    models.slice(0, i).flatMap((earlier) =>
      attacks
        .filter((a) => a.model === id && a.tau === 0)
        .flatMap(({ attack, variant, objective, tau, points }) =>
          points.map(({ budget, success }) => {
            const other = attacks
              .find(
                (a) => a.model === earlier.id && sameAttack(a, { attack, variant, objective }) && a.tau === 0,
              )!
              .points.find((p) => p.budget === budget)!.success;
            const [mine, theirs] = [success.count, other.count];
            const spare = Math.min(5, mine, theirs, success.total - Math.max(mine, theirs));
            const both = Math.min(mine, theirs) - spare;
            return {
              model: id,
              reference: earlier.id,
              attack,
              variant,
              objective,
              tau,
              budget,
              onlyModel: mine - both,
              onlyReference: theirs - both,
              both,
              neither: success.total - mine - theirs + both,
            };
          }),
        ),
    ),
  );
}
