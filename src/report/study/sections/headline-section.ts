import type { MeanRate } from '../../../core/base/statistics.js';
import type { VerdictName } from '../../../core/evaluation/verdict.js';
import type { Results } from '../../../node/apps/study/study-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { enumerate, equals, integer, interval, percent, span, spanText } from '../../kit/number-text.js';
import { objectiveInProse } from '../../kit/objective-names.js';
import { pageHeader } from '../../kit/page.js';
import { companions, isCompressed } from '../families.js';
import { inColour, inProse, type Model, STUDYS_OWN } from '../select-results.js';
import {
  type AttackFinding,
  attackFinding,
  type FamilyFinding,
  type InhibitionFinding,
  inhibitionFindings,
} from '../study-findings.js';
import { severalBudgets, tiles } from './headline-tiles.js';

/** The answer and a few large numbers: for readers who stop here. */
export function headline(results: Results): Markup {
  const attack = attackFinding(results);
  const inhibition = inhibitionFindings(results);
  return pageHeader(
    'adversarial analysis report',
    title(results),
    attack && html`<p class="lead">${attackSentence(results, attack)}</p>${comparison(attack)}`,
    inhibition.length > 0 && inhibitionSummary(inhibition),
    !attack && inhibition.length === 0 && nothing(results),
    html`<div class="tiles">${tiles(results, attack, inhibition)}</div>`,
  );
}

function title({ dataset, models }: Results): Markup {
  const compressed = models.some(isCompressed) && 'compressed ';
  const networks = models.length === 1 ? 'network' : 'networks';
  return html`Can the ${compressed}${keep(dataset.name)} ${networks} be fooled?`;
}

/** Never broken at a hyphen or dash. */
const keep = (text: string): Markup => html`<span class="keep">${text}</span>`;

const nothing = ({ attacks }: Results): Markup =>
  html`<p class="lead">${
    attacks.length > 0
      ? 'These results contain no single-step attack on the models as trained; the figures show what the ' +
        'other attacks achieved.'
      : 'These results contain no attack.'
  }</p>`;

/** Success rates from which the answer is "yes", and from which it is "some of the time". */
const [OFTEN, SOMETIMES] = [0.5, 0.1];

function attackSentence(results: Results, { budget, families }: AttackFinding): Markup {
  const rates = families.flatMap(({ base, others }) => [base, ...others]).map((m) => m.success.value ?? 0);
  const worst = Math.max(...rates);
  const answer =
    worst >= OFTEN ? 'Yes.' : worst >= SOMETIMES ? 'Some of the time.' : 'Rarely, by this attack.';
  const images = `of the ${integer(results.dataset.attacked)} attacked test images`;
  const [family] = families;
  const fooled =
    family && families.length === 1
      ? oneNetwork(family, images)
      : html`${severalNetworks(families)} ${images}, with 95 % intervals`;
  return html`<strong>${answer}</strong> When every ${inColour(results) ? 'colour value' : 'pixel'} may
change by at most
${equals('ε', budget)} on a scale from 0 to 1, a single gradient step fools
${fooled}.`;
}

function oneNetwork({ base, others }: FamilyFinding, images: string): Markup {
  const compressed = theOthers(
    base.model,
    others.map((o) => o.model),
  );
  const rest =
    others.length > 0 &&
    html`, and ${compressed} on <strong>${spanText(others.map((o) => o.success))}</strong>`;
  return html`${inProse(base.model)} on <strong>${percent(base.success.value)}</strong> (95 %
interval ${keep(interval(base.success))}) ${images}${rest}`;
}

/** Each network by its name, its compressed models beside it. */
function severalNetworks(families: readonly FamilyFinding[]): Markup[] {
  return families.map(({ base, others }, i) => {
    const before = i === 0 ? '' : i === families.length - 1 ? ' and ' : ', ';
    const rates = others.map((o) => o.success.value ?? 0);
    const rest = others.length > 0 && html` (${companions(others.map((o) => o.model))}: ${span(rates)})`;
    const own = html`<strong>${percent(base.success.value)}</strong> (${keep(interval(base.success))})`;
    return html`${before}${inProse(base.model)} on ${own}${rest}`;
  });
}

/** `"the 4 compressed models"`, `"HashNet 1/8"`; of a network with a name `"its 4 compressed models"`. */
function theOthers(base: Model, models: readonly Model[]): string {
  if (base.id !== STUDYS_OWN) return companions(models);
  const [only] = models;
  return only && models.length === 1 ? only.label : companions(models, 'the');
}

/**
 * What compression did, network by network; of networks that are not compressed only that they were trained
 * once.
 */
function comparison({ families, budget }: AttackFinding): Markup | undefined {
  const compressed = families.filter(({ others }) => others.some((o) => isCompressed(o.model)));
  if (compressed.length > 0) {
    const effects = compressed.map((family) => compressionSentence(family, budget)).join(' ');
    return html`<p>Does compression help? ${effects} Each model was trained once.</p>`;
  }
  if (families.length < 2) return undefined;
  return html`<p>Each network was trained once: a difference in robustness may be due to the training as well
as to the network.</p>`;
}

const UNRESOLVED = 'cannot be told apart from it with this many images';

function compressionSentence({ base, others }: FamilyFinding, budget: number): string {
  const part = (effect: string, singular: string, plural: string): string => {
    const group = others.filter((o) => o.effect === effect).map((o) => o.model);
    if (group.length === 0) return '';
    const names =
      group.length === others.length ? theOthers(base.model, group) : enumerate(group.map((m) => m.label));
    return `${names} ${group.length > 1 ? plural : singular}`;
  };
  const parts = [
    part('lower', 'is fooled less often', 'are fooled less often'),
    part('higher', 'is fooled more often', 'are fooled more often'),
    part('unclear', UNRESOLVED, UNRESOLVED),
  ].filter((text) => text !== '');
  const start = `At ${equals('ε', budget)}, compared with ${inProse(base.model)}, ${enumerate(parts)}.`;
  return [start, ...elsewhereSentence(others)].join(' ');
}

/** Where it comes out otherwise. */
function elsewhereSentence(others: FamilyFinding['others']): string[] {
  const parts = others.flatMap(({ model, elsewhere }) =>
    (['lower', 'higher'] as const).flatMap((effect) => {
      const budgets = elsewhere.filter((e) => e.effect === effect).map((e) => equals('ε', e.budget));
      const often = effect === 'lower' ? 'less often' : 'more often';
      return budgets.length > 0 ? [`${model.label} is fooled ${often} at ${enumerate(budgets)}`] : [];
    }),
  );
  return parts.length > 0 ? [`It is not so everywhere: ${enumerate(parts)}.`] : [];
}

/** What a verdict says of a model, in brackets. */
const MEANINGS = {
  masked: 'the gradient is hidden from the attacker, the weakness is still there',
  fooled: 'on most images',
  robust: 'against the single-step attacks that were tried',
  inconclusive: 'the numbers do not decide',
} as const satisfies Readonly<Record<VerdictName, string>>;

const inhibitionSummary = (findings: readonly InhibitionFinding[]): Markup => {
  const several = severalBudgets(findings);
  const items = findings.map((finding, i) => inhibitionSentence(finding, findings.slice(0, i), several));
  return html`<p>Does gradient inhibition help? Percentages come with their 95 %
intervals.</p><ul>${items}</ul>`;
};

/**
 * @param earlier sentences, which have explained the verdicts that they give
 * @param several epsilons: then it is the first thing to know, else the last
 */
function inhibitionSentence(
  finding: InhibitionFinding,
  earlier: readonly InhibitionFinding[],
  several: boolean,
): Markup {
  const { objective, tau, budget, verdicts, counts } = finding;
  const explained = earlier.flatMap((f) => f.counts.map((c) => c.verdict));
  const judged = counts.map(({ verdict, models }) =>
    explained.includes(verdict) ? `${models} ${verdict}` : `${models} ${verdict} (${MEANINGS[verdict]})`,
  );
  const numbers = meansOf(finding);
  const models = verdicts.length === 1 ? 'model' : 'models';
  const start = several ? html`<b>${equals('ε', budget)}</b>: when` : 'When';
  const where = several ? equals('τ', tau) : `${equals('τ', tau)}, ${equals('ε', budget)}`;
  return html`<li>${start} the attacker follows the ${objectiveInProse(objective)}, of ${verdicts.length}
${models}: <strong>${enumerate(judged)}</strong>${numbers.length > 0 && `; on average, ${enumerate(numbers)}`}
(${where}).</li>`;
}

function meansOf({ before, after, strongest, zeros }: InhibitionFinding): string[] {
  const text = (rate: MeanRate): string => `${percent(rate.value)} (${interval(rate)})`;
  return [
    ...(before && after ? [`success goes from ${text(before)} to ${text(after)}`] : []),
    ...(strongest ? [`the strongest other attack reaches ${text(strongest)}`] : []),
    ...(zeros && zeros.value > 0 ? [`${text(zeros)} of the inputs have a gradient of exactly zero`] : []),
  ];
}
