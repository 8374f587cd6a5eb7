import { type Rate, rate } from '../../src/core/base/statistics.js';
import {
  type AuditedModel,
  type AuditResults,
  type AuditTrial,
  auditSchema,
} from '../../src/core/evaluation/audit-schema.js';
import type { Finding } from '../../src/core/evaluation/findings/finding.js';
import { type FindingId, findingKinds } from '../../src/core/evaluation/findings/index.js';

/** Audits as they might come out, made by hand: what reports are tested with. */

export const INPUTS = 500;
export const EPSILON = 8 / 255;
const EPSILONS = [2 / 255, 4 / 255, 8 / 255, 16 / 255];

interface TrialSpec {
  readonly attack: string;
  readonly title: string;
  readonly role: AuditTrial['role'];
  readonly objective?: string;
  readonly from?: string;
  readonly remark?: string;
  /** Fooled of the correct inputs, at the epsilons of the curve or at the audited one alone. */
  readonly fooled: readonly number[];
  readonly zero?: number;
  readonly silent?: number;
  readonly stuck?: number;
  readonly untouched?: number;
  readonly inputs?: number;
}

const REFERENCES: Readonly<Record<string, string>> = {
  noise: 'the control of Fawzi et al. 2016',
  fgsm: 'Goodfellow et al. 2015',
  pgd: 'Madry et al. 2018',
  apgd: 'Croce and Hein 2020, Algorithm 1',
  square: 'Andriushchenko et al. 2020',
};

export function trial(correct: number, spec: TrialSpec): AuditTrial {
  const { attack, title, role, objective = null, from = null, remark, fooled, inputs = INPUTS } = spec;
  const right = Math.round((correct * inputs) / INPUTS);
  const name = [attack, ...(objective === null ? [] : [objective])].join(' ');
  const id = `${name}${from ? ` from ${from}` : ''}${remark ? `, ${remark}` : ''}`;
  const epsilons = role === 'unbounded' ? [1] : fooled.length > 1 ? EPSILONS : [EPSILON];
  const some = (share: number | undefined): Rate | null =>
    share === undefined ? null : rate(Math.round(share * inputs), inputs);
  const last = fooled.at(-1)!;
  return {
    id,
    attack,
    title,
    reference: REFERENCES[attack] ?? 'Nobody 2030',
    role,
    objective,
    from,
    parameters:
      attack === 'square'
        ? { queryBudget: 500 }
        : attack === 'noise'
          ? { draws: 10 }
          : { steps: 20, randomStart: 'yes' },
    inputs,
    points: epsilons.map((epsilon, i) => {
      const count = Math.round(fooled[i]! * right);
      return {
        epsilon,
        fooled: rate(count, right),
        robustAccuracy: rate(right - count, inputs),
        success: rate(Math.min(inputs, count + Math.round(0.3 * (inputs - right))), inputs),
      };
    }),
    untouched: rate(Math.round((spec.untouched ?? 0) * inputs), inputs),
    zeroGradients: some(spec.zero),
    silent: some(spec.silent),
    stuck: some(spec.stuck),
    distances:
      last > 0
        ? { count: Math.round(last * right), quantiles: { '0.25': 0.011, '0.5': 0.019, '0.75': 0.027 } }
        : null,
    seconds: 2 + 3 * fooled.length,
    queries: { forward: 1200, gradient: role === 'noise' || role === 'gradient-free' ? 0 : 5000 },
  };
}

/** A finding with the words of its kind. */
export function finding(
  kind: FindingId,
  severity: Finding['severity'],
  text: string,
  trials: readonly string[] = [],
  numbers: Finding['numbers'] = [],
): AuditedModel['findings'][number] {
  const { id, title, source, next } = findingKinds[kind];
  return { id, title, source, next, severity, text, trials: [...trials], numbers: [...numbers] };
}

interface ModelSpec {
  readonly id: string;
  readonly correct: number;
  readonly verdict: AuditedModel['verdict'];
  readonly why: string;
  readonly trials: readonly AuditTrial[];
  readonly findings?: AuditedModel['findings'];
  /** Correct and never fooled, at the epsilons of the curve. */
  readonly held: readonly number[];
  readonly strongest: string | null;
  readonly reshapings?: readonly string[];
  readonly gallery?: AuditedModel['gallery'];
}

export const model = (spec: ModelSpec): AuditedModel => ({
  id: spec.id,
  path: `models/${spec.id}`,
  sha256: 'ab'.repeat(32),
  bytes: 1_234_567,
  producer: 'pytorch 2.11.0',
  parameters: 307_498,
  reshapings: [...(spec.reshapings ?? [])],
  redFlags: [],
  format: {
    layout: 'NCHW',
    preprocessing: 'each channel minus (0.4914, 0.4822, 0.4465), over (0.2470, 0.2435, 0.2616)',
    labels: 'as the data count them',
    origin: 'guessed',
    sentences: [
      'The input is [N, 3, 32, 32]: channels first.',
      'With the usual mean and deviation of CIFAR-10 the model is right on 91.4 % of 1,024 images, with ' +
        'plain values on 61.2 %.',
    ],
    candidates: [
      { description: 'CIFAR-10 mean and deviation', accuracy: rate(936, 1024) },
      { description: 'values in [0, 1]', accuracy: rate(627, 1024) },
    ],
    tied: [],
  },
  batch: null,
  cleanAccuracy: rate(spec.correct, INPUTS),
  testAccuracy: null,
  trials: [...spec.trials],
  findings: spec.findings ?? [],
  verdict: spec.verdict,
  why: spec.why,
  robustAccuracy: rate(spec.held[2] ?? 0, INPUTS),
  strongest: spec.strongest,
  curve: spec.held.map((count, i) => ({ epsilon: EPSILONS[i]!, robustAccuracy: rate(count, INPUTS) })),
  gallery: spec.gallery ?? null,
});

export function audit(models: readonly AuditedModel[], changes: Partial<AuditResults> = {}): AuditResults {
  return auditSchema.parse({
    schema: 'foolproof.audit/1',
    toolkit: '0.1.0',
    finished: '2026-05-09T17:20:00.000Z',
    environment: { node: 'v20.19.0', onnxruntime: '1.30.0', platform: 'linux x64', cpu: '2 x A Processor' },
    seed: 0,
    norm: 'Linf',
    effort: 'quick',
    epsilon: EPSILON,
    rounding: 255,
    threshold: 0.5,
    time: { budget: 300, used: 214.3 },
    data: {
      name: 'CIFAR-10',
      source: 'cifar-10-batches-bin',
      available: 10_000,
      attacked: INPUTS,
      classes: 10,
      classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
      warnings: [],
    },
    models: [...models],
    transfer: null,
    comparisons: [],
    ...changes,
  } satisfies AuditResults);
}
