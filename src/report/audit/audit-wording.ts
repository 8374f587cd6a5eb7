import type { AuditedModel, AuditResults, AuditTrial } from '../../core/evaluation/audit-schema.js';
import { enumerate, equals, percent } from '../kit/number-text.js';
import type { Finding, Standing } from './select-trials.js';

type VerdictName = AuditedModel['verdict'];

/** Class of the chip, sign, and the verdict as the end of a sentence about one model, and about several. */
export const VERDICTS: Readonly<
  Record<
    VerdictName,
    { chip: string; sign: string; ofOne: string; ofSeveral: readonly [one: string, more: string] }
  >
> = {
  masked: {
    chip: 'mixed',
    sign: '≈',
    ofOne: 'only looks robust',
    ofSeveral: ['only looks robust', 'only look robust'],
  },
  fooled: { chip: 'bad', sign: '✕', ofOne: 'is fooled', ofSeveral: ['is fooled', 'are fooled'] },
  robust: {
    chip: 'good',
    sign: '✓',
    ofOne: 'withstands these attacks',
    ofSeveral: ['withstands these attacks', 'withstand these attacks'],
  },
  inconclusive: {
    chip: 'none',
    sign: '?',
    ofOne: 'stays undecided',
    ofSeveral: ['stays undecided', 'stay undecided'],
  },
};

/** What a verdict means, and where the line is drawn. */
export function verdictMeaning(verdict: VerdictName, { threshold }: Pick<AuditResults, 'threshold'>): string {
  const line = percent(threshold, 0);
  return {
    fooled:
      `of the inputs that were classified correctly, clearly fewer than ${line} withstand every attack, and the attacks agree: nothing is hidden, ` +
      'there is just no protection.',
    masked:
      'an attack that one would trust fails because the gradient is hidden, and another one within the same limits fools notably more. The ' +
      'adversarial inputs are there; that attacker only does not see the way to them. A test with the first attack alone would have passed this model.',
    robust:
      `of the inputs that were classified correctly, clearly at least ${line} withstand every attack, and nothing speaks against the measurement. ` +
      'It holds against the attacks of this audit; a stronger one may still be found.',
    inconclusive: `the numbers do not decide: too few inputs for the ${line} line, or an attack or the model itself did not behave as it must for a verdict.`,
  }[verdict];
}

/** "small.onnx only looks robust"; "Of 4 models, 2 are fooled, 1 only looks robust and 1 stays undecided". */
export function answer({ models }: AuditResults): string {
  const [first] = models;
  if (!first) return 'No model was audited';
  if (models.length === 1) return `${first.id} ${VERDICTS[first.verdict].ofOne}`;
  const parts = (Object.keys(VERDICTS) as VerdictName[]).flatMap((verdict) => {
    const count = models.filter((m) => m.verdict === verdict).length;
    return count > 0 ? [`${count} ${VERDICTS[verdict].ofSeveral[count === 1 ? 0 : 1]}`] : [];
  });
  return `Of ${models.length} models, ${enumerate(parts)}`;
}

export const SEVERITIES: Readonly<
  Record<Finding['severity'], { chip: string; sign: string; meaning: string }>
> = {
  masking: {
    chip: 'mixed',
    sign: '≈',
    meaning: 'the gradient is hidden, so that the model looks more robust than it is',
  },
  unreliable: {
    chip: 'doubt',
    sign: '!',
    meaning: 'an attack or the measurement did not work as it should; rates are lower bounds at best',
  },
  note: { chip: 'none', sign: 'i', meaning: 'worth knowing, with no say in the verdict' },
};

/** What a trial is for, in the order in which one expects them to fool more inputs. */
export const ROLES: Readonly<Record<AuditTrial['role'], { title: string; hint: string }>> = {
  noise: { title: 'Random noise', hint: 'the control: needs no model, and should fool least' },
  'one-step': { title: 'One gradient step', hint: 'should fool fewer than many steps' },
  iterative: { title: 'Many gradient steps', hint: 'should fool most of all' },
  longer: { title: 'More steps', hint: 'should fool hardly more' },
  'gradient-free': {
    title: 'No gradient',
    hint: 'sees answers only; should fool fewer than attacks that see the gradient',
  },
  transfer: {
    title: 'Another gradient',
    hint: 'follows another model; should fool fewer than the model’s own gradient',
  },
  unbounded: {
    title: 'No limit',
    hint: 'the control: everything is allowed, so nearly all inputs must be fooled',
  },
};

/** How a trial is drawn; class of a bar, and colour and shape of a mark. */
export const STANDINGS: Readonly<
  Record<Standing, { name: string; look: string; colour: string; shape: string }>
> = {
  reveals: { name: 'fools what another attack misses', look: 'reveals', colour: '#cc4125', shape: 'diamond' },
  misses: {
    name: 'misses what another attack fools',
    look: 'misses',
    colour: '#c27a00',
    shape: 'triangle-down',
  },
  doubtful: { name: 'did not work as it should', look: 'doubtful', colour: '#8a5aa8', shape: 'cross' },
  control: { name: 'control', look: 'control', colour: '#8b94a1', shape: 'square' },
  usual: { name: 'nothing conspicuous', look: 'usual', colour: '#2f74b5', shape: 'circle' },
};

export const normName = (norm: AuditResults['norm']): string => (norm === 'Linf' ? 'L∞' : 'L2');

/** "ε = 8/255 (L∞)" */
export const boundText = ({ epsilon, norm }: Pick<AuditResults, 'epsilon' | 'norm'>): string =>
  `${equals('ε', epsilon)} (${normName(norm)})`;

/** What the bound allows, in plain words. */
export const boundMeaning = (norm: AuditResults['norm']): string =>
  norm === 'Linf'
    ? 'each value of an image (a pixel, or its red, green or blue part) may change by at most ε, on a scale from 0 to 1'
    : 'all changes of an image together, as the root of the sum of their squares, are at most ε, values being on a scale from 0 to 1';
