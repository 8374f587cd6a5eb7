import type { MeanRate } from '../../../core/base/statistics.js';
import type { Rate, Results } from '../../../node/apps/study/study-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import {
  counts,
  enumerate,
  equals,
  integer,
  interval,
  percent,
  span,
  spanText,
} from '../../kit/number-text.js';
import { companions, isCompressed } from '../families.js';
import { inColour, inProse, type Model, STUDYS_OWN } from '../select-results.js';
import {
  type AttackFinding,
  attackFinding,
  type FamilyFinding,
  type InhibitionFinding,
  inhibitionFindings,
} from '../study-findings.js';
import { objectiveInProse } from '../study-wording.js';

/** The answer in plain words and a few large numbers: for readers who stop here. */
export function headline(results: Results): Markup {
  const attack = attackFinding(results);
  const inhibition = inhibitionFindings(results);
  return html`<header class="top">
<p class="brand">Foolproof <span>adversarial analysis report</span></p>
<h1>${title(results)}</h1>
${attack && html`<p class="lead">${attackSentence(results, attack)}</p>${comparison(attack)}`}
${inhibition.length > 0 && html`<p>Does gradient inhibition help? Percentages come with their 95 % intervals.</p><ul>${inhibition.map((finding, i) => inhibitionSentence(finding, inhibition.slice(0, i), severalBudgets(inhibition)))}</ul>`}
${!attack && inhibition.length === 0 && html`<p class="lead">${results.attacks.length > 0 ? 'These results contain no single-step attack on the models as trained; what the other attacks achieved is said beside their figures.' : 'These results contain no attack.'}</p>`}
<div class="tiles">${tiles(results, attack, inhibition)}</div>
</header>`;
}

function title({ dataset, models }: Results): Markup {
  const compressed = models.some(isCompressed) && 'compressed ';
  return html`Can the ${compressed}${keep(dataset.name)} ${models.length === 1 ? 'network' : 'networks'} be fooled?`;
}

/** Never broken at a hyphen or dash. */
const keep = (text: string): Markup => html`<span class="keep">${text}</span>`;

function attackSentence(results: Results, { budget, families }: AttackFinding): Markup {
  const worst = Math.max(
    ...families.flatMap(({ base, others }) => [base, ...others]).map((m) => m.success.value!),
  );
  const answer = worst >= 0.5 ? 'Yes.' : worst >= 0.1 ? 'Some of the time.' : 'Rarely, by this attack.';
  const images = `of the ${integer(results.dataset.attacked)} attacked test images`;
  return html`<strong>${answer}</strong> When every ${inColour(results) ? 'colour value' : 'pixel'} may change by at most
${equals('ε', budget)} on a scale from 0 to 1, a single gradient step fools
${families.length === 1 ? oneNetwork(families[0]!, images) : html`${severalNetworks(families)} ${images}, with 95 % intervals`}.`;
}

function oneNetwork({ base, others }: FamilyFinding, images: string): Markup {
  const rest =
    others.length > 0 &&
    html`, and ${theOthers(
      base.model,
      others.map((o) => o.model),
    )} on
<strong>${spanText(others.map((o) => o.success))}</strong>`;
  return html`${inProse(base.model)} on <strong>${percent(base.success.value)}</strong> (95 %
interval ${keep(interval(base.success))}) ${images}${rest}`;
}

/** Each network by its name, what compression made of it beside it. */
function severalNetworks(families: readonly FamilyFinding[]): Markup[] {
  return families.map(({ base, others }, i) => {
    const before = i === 0 ? '' : i === families.length - 1 ? ' and ' : ', ';
    const rest =
      others.length > 0 &&
      html` (${companions(others.map((o) => o.model))}: ${span(others.map((o) => o.success.value!))})`;
    return html`${before}${inProse(base.model)} on <strong>${percent(base.success.value)}</strong> (${keep(interval(base.success))})${rest}`;
  });
}

/** `"the 4 compressed models"`, `"HashNet 1/8"`; of a network with a name `"its 4 compressed models"`. */
function theOthers(base: Model, models: readonly Model[]): string {
  if (base.id !== STUDYS_OWN) return companions(models);
  return models.length === 1 ? models[0]!.label : companions(models, 'the');
}

/** What compression did, network by network; of networks that are not compressed only that they were trained once. */
function comparison({ families }: AttackFinding): Markup | undefined {
  const compressed = families.filter(({ others }) => others.some((o) => isCompressed(o.model)));
  if (compressed.length > 0) {
    return html`<p>Does compression help? ${compressed.map(compressionSentence).join(' ')} Each model was trained once.</p>`;
  }
  if (families.length < 2) return undefined;
  return html`<p>Each network was trained once: what one of them withstands better than another may be due to the training as well as
to the network.</p>`;
}

const APART = 'cannot be told apart from it with this many images';

function compressionSentence({ base, others }: FamilyFinding): string {
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
    part('unclear', APART, APART),
  ].filter((text) => text !== '');
  return `Compared with ${inProse(base.model)}, ${enumerate(parts)}.`;
}

/** What a verdict says of a model, short enough to stand in brackets. */
const MEANINGS = {
  masked: 'the gradient is hidden from the attacker, the weakness is still there',
  fooled: 'on most images',
  robust: 'against the single-step attacks that were tried',
  inconclusive: 'the numbers do not decide',
} as const;

const severalBudgets = (findings: readonly InhibitionFinding[]): boolean =>
  new Set(findings.map((f) => f.budget)).size > 1;

/**
 * @param earlier sentences, which have explained the verdicts that they give
 * @param several epsilons: then it is the first thing to know, else the last
 */
function inhibitionSentence(
  finding: InhibitionFinding,
  earlier: readonly InhibitionFinding[],
  several: boolean,
): Markup {
  const { objective, tau, budget, verdicts, counts, ...means } = finding;
  const explained = earlier.flatMap((f) => f.counts.map((c) => c.verdict));
  const { before, after, strongest, zeros } = means;
  const judged = counts.map(({ verdict, models }) =>
    explained.includes(verdict) ? `${models} ${verdict}` : `${models} ${verdict} (${MEANINGS[verdict]})`,
  );
  const text = (rate: MeanRate): string => `${percent(rate.value)} (${interval(rate)})`;
  const numbers = [
    ...(before && after ? [`success goes from ${text(before)} to ${text(after)}`] : []),
    ...(strongest ? [`the strongest other attack reaches ${text(strongest)}`] : []),
    ...(zeros && zeros.value > 0 ? [`${text(zeros)} of the inputs have a gradient of exactly zero`] : []),
  ];
  const models = verdicts.length === 1 ? 'model' : 'models';
  return html`<li>${several && html`<b>${equals('ε', budget)}</b>: `}${several ? 'when' : 'When'} the attacker follows the ${objectiveInProse(objective)}, of ${verdicts.length} ${models}:
<strong>${enumerate(judged)}</strong>${numbers.length > 0 && `; on average, ${enumerate(numbers)}`}
(${equals('τ', tau)}${!several && `, ${equals('ε', budget)}`}).</li>`;
}

function tiles(
  results: Results,
  attack: AttackFinding | undefined,
  inhibition: readonly InhibitionFinding[],
): Markup[] {
  const tile = (value: string, label: string, detail: string): Markup =>
    html`<div class="tile"><b>${value}</b><span>${label}</span><small>${detail}</small></div>`;
  const shown: Markup[] = [];
  for (const { model, success } of attack ? extremes(attack.families) : []) {
    const detail = `${counts(success)} at ${equals('ε', attack!.budget)}; 95 % interval ${interval(success)}`;
    shown.push(tile(percent(success.value), `fooled: ${model.label}`, detail));
  }
  const measured = results.models.map((m) => m.cleanAccuracy).filter((r) => r.value !== null);
  const accuracies = measured.map((r) => r.value!);
  if (accuracies.length > 0) {
    shown.push(
      tile(
        span(accuracies),
        'test accuracy',
        `${integer(results.dataset.test)} images, no attack; 95 % intervals ${ends(measured)}`,
      ),
    );
  }
  // The evaluation of J under which inhibition seems to protect most.
  const [quietest] = inhibition.filter((f) => f.after).sort((a, b) => a.after!.value - b.after!.value);
  if (quietest) {
    const { objective, tau, budget, verdicts, counts } = quietest;
    const where = severalBudgets(inhibition) ? `, ${equals('ε', budget)}` : '';
    const most = [...counts].sort((a, b) => b.models - a.models)[0]!;
    const how = `inhibited models ${most.verdict}`;
    shown.push(
      tile(
        `${most.models} of ${verdicts.length}`,
        how,
        `${equals('τ', tau)}${where}, ${objectiveInProse(objective)}`,
      ),
    );
  }
  if (results.claims.length > 0) {
    const reproduced = results.claims.filter((c) => c.verdict === 'reproduced').length;
    const partly = results.claims.filter((c) => c.verdict === 'partly').length;
    shown.push(
      tile(
        `${reproduced} of ${results.claims.length}`,
        'claims of the paper reproduced',
        `${partly} more in part`,
      ),
    );
  }
  return shown;
}

/** The network and what is fooled least of what compression made of it; of several networks the most and the least fooled model. */
function extremes(families: readonly FamilyFinding[]): FamilyFinding['base'][] {
  const rising = families
    .flatMap(({ base, others }): FamilyFinding['base'][] =>
      families.length > 1 ? [base, ...others] : [...others],
    )
    .sort((a, b) => a.success.value! - b.success.value!);
  const first = families.length > 1 ? rising.at(-1)! : families[0]!.base;
  return rising[0] && rising[0] !== first ? [first, rising[0]] : [first];
}

/** From the lowest end of the intervals to the highest. */
const ends = (rates: readonly Rate[]): string =>
  `${(100 * Math.min(...rates.map((r) => r.low!))).toFixed(1)}–${(100 * Math.max(...rates.map((r) => r.high!))).toFixed(1)}`;
