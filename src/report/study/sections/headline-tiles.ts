import type { Results } from '../../../node/apps/study/study-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { counts, equals, integer, interval, intervalSpan, percent, span } from '../../kit/number-text.js';
import { objectiveInProse } from '../../kit/objective-names.js';
import type { AttackFinding, FamilyFinding, InhibitionFinding } from '../study-findings.js';

export const severalBudgets = (findings: readonly InhibitionFinding[]): boolean =>
  new Set(findings.map((f) => f.budget)).size > 1;

/** The large numbers at the top of the report. */
export const tiles = (
  results: Results,
  attack: AttackFinding | undefined,
  inhibition: readonly InhibitionFinding[],
): Markup[] => [
  ...(attack ? attackTiles(attack) : []),
  ...accuracyTile(results),
  ...inhibitionTile(inhibition),
  ...claimsTile(results),
];

const tile = (value: string, label: string, detail: string): Markup =>
  html`<div class="tile"><b>${value}</b><span>${label}</span><small>${detail}</small></div>`;

const attackTiles = ({ families, budget }: AttackFinding): Markup[] =>
  extremes(families).map(({ model, success }) => {
    const detail = `${counts(success)} at ${equals('ε', budget)}; 95 % interval ${interval(success)}`;
    return tile(percent(success.value), `fooled: ${model.label}`, detail);
  });

type Attacked = FamilyFinding['base'];

/**
 * The network and the compressed model that is fooled least; of several networks the most and the least
 * fooled model.
 */
function extremes(families: readonly FamilyFinding[]): Attacked[] {
  const several = families.length > 1;
  const rising = families
    .flatMap(({ base, others }): Attacked[] => (several ? [base, ...others] : [...others]))
    .sort((a, b) => (a.success.value ?? 0) - (b.success.value ?? 0));
  const first = several ? rising.at(-1) : families[0]?.base;
  const [least] = rising;
  return [first, ...(least === first ? [] : [least])].flatMap((model) => model ?? []);
}

function accuracyTile({ models, dataset }: Results): Markup[] {
  const measured = models.map((m) => m.cleanAccuracy);
  const values = measured.flatMap(({ value }) => value ?? []);
  if (values.length === 0) return [];
  const detail = `${integer(dataset.test)} images, no attack; 95 % intervals ${intervalSpan(measured)}`;
  return [tile(span(values), 'test accuracy', detail)];
}

/** The evaluation of J under which inhibition seems to protect most. */
function inhibitionTile(inhibition: readonly InhibitionFinding[]): Markup[] {
  const [lowest] = inhibition
    .flatMap((finding) => (finding.after ? [{ finding, after: finding.after.value }] : []))
    .sort((a, b) => a.after - b.after);
  if (!lowest) return [];
  const { objective, tau, budget, verdicts, counts } = lowest.finding;
  const [most] = [...counts].sort((a, b) => b.models - a.models);
  if (!most) return [];
  const where = severalBudgets(inhibition) ? `, ${equals('ε', budget)}` : '';
  return [
    tile(
      `${most.models} of ${verdicts.length}`,
      `inhibited models ${most.verdict}`,
      `${equals('τ', tau)}${where}, ${objectiveInProse(objective)}`,
    ),
  ];
}

function claimsTile({ claims }: Results): Markup[] {
  if (claims.length === 0) return [];
  const count = (verdict: string) => claims.filter((c) => c.verdict === verdict).length;
  const value = `${count('reproduced')} of ${claims.length}`;
  return [tile(value, 'claims of the paper reproduced', `${count('partly')} more in part`)];
}
