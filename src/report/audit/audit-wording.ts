import { plural } from '../../core/base/text/index.js';
import type { AuditedModel, AuditResults } from '../../core/evaluation/audit-schema.js';
import type { Severity } from '../../core/evaluation/findings/index.js';
import { type VerdictName, verdictNames } from '../../core/evaluation/verdict.js';
import type { ChipLook } from '../kit/chips.js';
import { enumerate, equals, percent } from '../kit/number-text.js';
import type { Standing } from './select-trials.js';

/** The verdict as the end of a sentence about one model, and about several. */
const ANSWERS = {
  masked: ['only looks robust', 'only look robust'],
  fooled: ['is fooled', 'are fooled'],
  robust: ['is robust to these attacks', 'are robust to these attacks'],
  inconclusive: ['is inconclusive', 'are inconclusive'],
} as const satisfies Readonly<Record<VerdictName, readonly [one: string, several: string]>>;

/** What a verdict means, and where the line is drawn. */
export function verdictMeaning(verdict: VerdictName, { threshold }: Pick<AuditResults, 'threshold'>): string {
  const line = percent(threshold, 0);
  return {
    fooled:
      `of the inputs that were classified correctly, clearly fewer than ${line} are fooled by no attack, ` +
      'and the attacks agree: no gradient is hidden, the model is not protected.',
    masked:
      'an attack that is commonly trusted fails because the gradient is hidden, and another one within the ' +
      'same bound fools notably more. The adversarial inputs are there; that attacker only does not find ' +
      'them. An evaluation with the first attack alone would have passed this model.',
    robust:
      `of the inputs that were classified correctly, clearly at least ${line} are fooled by no attack, and ` +
      'nothing speaks against the measurement. This holds for the attacks of this audit; a stronger one ' +
      'may still be found.',
    inconclusive:
      `the numbers do not decide: too few inputs for the threshold of ${line}, or an attack or the model ` +
      'itself did not behave as a verdict requires.',
  }[verdict];
}

/** "small.onnx only looks robust at ε = 0.3 (L∞)"; "Of 4 models, 2 are fooled and 1 ...". */
export function answer(results: AuditResults): string {
  const { models } = results;
  const [first] = models;
  if (!first) return 'No model was audited';
  const at = ` at ${boundText(results)}`;
  if (models.length === 1) return `${first.id} ${ANSWERS[first.verdict][0]}${at}`;
  const parts = verdictNames.flatMap((verdict) => {
    const count = models.filter((m) => m.verdict === verdict).length;
    return count > 0 ? [`${count} ${ANSWERS[verdict][count === 1 ? 0 : 1]}`] : [];
  });
  return `Of ${plural(models.length, 'model')}, ${enumerate(parts)}${at}`;
}

export const SEVERITIES = {
  masking: {
    look: 'mixed',
    sign: '≈',
    meaning: 'the gradient is hidden, so that the model looks more robust than it is',
  },
  unreliable: {
    look: 'doubt',
    sign: '!',
    meaning: 'an attack or the measurement did not work as it should; rates are lower bounds at best',
  },
  note: { look: 'none', sign: 'i', meaning: 'worth knowing, without influence on the verdict' },
} as const satisfies Readonly<
  Record<Severity, { readonly look: ChipLook; readonly sign: string; readonly meaning: string }>
>;

interface StandingLook {
  readonly name: string;
  readonly colour: string;
  readonly shape: string;
}

/** How a trial is drawn. The key is the class of its bar. */
export const STANDINGS = {
  reveals: { name: 'fools what another attack misses', colour: '#cc4125', shape: 'diamond' },
  misses: { name: 'misses what another attack fools', colour: '#c27a00', shape: 'triangle-down' },
  doubtful: { name: 'did not work as it should', colour: '#8a5aa8', shape: 'cross' },
  control: { name: 'control', colour: '#8b94a1', shape: 'square' },
  regular: { name: 'nothing conspicuous', colour: '#2f74b5', shape: 'circle' },
} as const satisfies Readonly<Record<Standing, StandingLook>>;

export const normName = (norm: AuditResults['norm']): string => (norm === 'Linf' ? 'L∞' : 'L2');

/** "ε = 8/255 (L∞)" */
export const boundText = ({ epsilon, norm }: Pick<AuditResults, 'epsilon' | 'norm'>): string =>
  `${equals('ε', epsilon)} (${normName(norm)})`;

/** What the bound allows. */
export const boundMeaning = (norm: AuditResults['norm']): string =>
  norm === 'Linf'
    ? 'each value of an image (a pixel, or its red, green or blue part) may change by at most ε, on a ' +
      'scale from 0 to 1'
    : 'the Euclidean norm of all changes of an image is at most ε, its values being on a scale from 0 to 1';

/** Where a model's own section begins. */
export const anchor = (index: number): string => `model-${index + 1}`;

/** Name of a model where several are told apart. */
export const nameOf = (results: AuditResults, model: AuditedModel, alone: string): string =>
  results.models.length > 1 ? model.id : alone;
