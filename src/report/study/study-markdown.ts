import { formatEpsilon } from '../../core/base/numbers.js';
import { integer, markdownTable, prose } from '../../core/base/text/index.js';
import { shareBetween } from '../../core/evaluation/distributions.js';
import { PAPER_RANGES } from '../../node/apps/study/claims/paper-numbers.js';
import { sameAttack } from '../../node/apps/study/comparisons.js';
import type { Results } from '../../node/apps/study/study-schema.js';

/** Results of one study under several profiles, side by side, as tables for a Markdown document. */
export interface NamedRun {
  /** Heading of its column: "saturated". */
  readonly name: string;
  readonly results: Results;
}

const { percent, rateText } = prose;

type Attack = Results['attacks'][number];

/** Models that any of the runs has, in the order of the first that has them. */
function modelsOf(runs: readonly NamedRun[]): { readonly id: string; readonly label: string }[] {
  const all = new Map(runs.flatMap(({ results }) => results.models.map((m) => [m.id, m.label] as const)));
  return [...all].map(([id, label]) => ({ id, label }));
}

/** How the models of each run were trained. */
export const trainingTable = (runs: readonly NamedRun[]): string =>
  markdownTable(
    ['', 'training', 'images seen by each model', 'attacked images'],
    runs.map(({ name, results }) => [
      name,
      [...new Set(results.models.map((m) => m.training.optimizer))].join('; '),
      [...new Set(results.models.map((m) => integer(m.training.images)))].join('; '),
      integer(results.dataset.attacked),
    ]),
  );

/** Test accuracy and stored weights of every model. */
export const accuracyTable = (runs: readonly NamedRun[]): string =>
  markdownTable(
    ['model', 'stored weights', 'file', ...runs.map(({ name }) => name)],
    modelsOf(runs).map(({ id, label }) => {
      const found = runs.map(({ results }) => results.models.find((m) => m.id === id));
      const model = found.find((m) => m !== undefined)!;
      return [
        label,
        integer(model.parameters.stored),
        `${integer(model.bytes / 1024)} KiB`,
        ...found.map((m) => rateText(m?.cleanAccuracy, { digits: 2 })),
      ];
    }),
  );

/** How saturated the models are: mean absolute gradients of the stable cross-entropy. */
export const saturationTable = (runs: readonly NamedRun[]): string =>
  markdownTable(
    ['model', 'regime', 'median', '1e-10 to 1', '1e-25 to 1e-15', 'exactly zero'],
    runs.flatMap(({ name, results }) =>
      results.models.flatMap(({ id, label }) => {
        const g = results.gradients.find(
          (row) =>
            row.model === id &&
            row.attack === 'fgsm' &&
            row.variant === '' &&
            row.tau === 0 &&
            row.objective === 'cross-entropy',
        );
        if (!g) return [];
        const share = (range: keyof typeof PAPER_RANGES) => rateText(shareBetween(g, PAPER_RANGES[range]));
        const zeros = percent(g.zeros / g.images);
        return [
          [label, name, g.quantiles['0.5']?.toExponential(1) ?? '', share('large'), share('small'), zeros],
        ];
      }),
    ),
  );

/** Every claim with its verdict under each run. */
export function claimsTable(runs: readonly NamedRun[]): string {
  const claims = runs[0]?.results.claims ?? [];
  return markdownTable(
    ['figure', 'the paper says', ...runs.map(({ name }) => name)],
    claims.map(({ id, figure, statement }) => [
      figure,
      statement,
      ...runs.map(({ results }) => {
        const verdict = results.claims.find((c) => c.id === id)?.verdict ?? 'not measured';
        return verdict === 'reproduced' ? `**${verdict}**` : verdict;
      }),
    ]),
  );
}

/** The numbers behind each verdict. */
export function claimsDetails(runs: readonly NamedRun[]): string {
  const claims = runs[0]?.results.claims ?? [];
  return claims
    .map(({ id, figure, statement, paper }) => {
      const ours = runs.flatMap(({ name, results }) => {
        const claim = results.claims.find((c) => c.id === id);
        return claim
          ? [`- ${name}: ${claim.verdict}. ${claim.ours}. *${claim.note.replace(/\.$/, '')}.*`]
          : [];
      });
      return [`### Fig. ${figure}: ${statement}`, '', `- paper: ${paper}`, ...ours].join('\n');
    })
    .join('\n\n');
}

/** `epsilon 8/255`, `elements 100`. */
const budgetText = (name: string, budget: number): string =>
  `${name} ${name === 'epsilon' ? formatEpsilon(budget) : budget}`;

/** Budgets that a row is made for: those that inhibited models were attacked with, else the largest. */
function budgetsFor({ attack, points }: Attack, all: readonly Attack[]): number[] {
  const inhibited = new Set(
    all.filter((a) => a.tau > 0 && a.attack === attack).flatMap((a) => a.points.map((p) => p.budget)),
  );
  const budgets = points.map((p) => p.budget);
  const shown = budgets.filter((budget) => inhibited.has(budget));
  return shown.length > 0 ? shown : budgets.slice(-1);
}

/**
 * Success of every attack on the models as trained: at the budgets that inhibited models meet again, or at
 * the largest.
 */
export const attacksTable = (runs: readonly NamedRun[]): string =>
  markdownTable(
    ['attack', 'follows', 'at', 'images', 'regime', ...modelsOf(runs).map((m) => m.label)],
    runs.flatMap(({ name, results }) => {
      const asTrained = results.attacks.filter((a) => a.tau === 0);
      const kinds = new Map(asTrained.map((a) => [JSON.stringify([a.attack, a.variant, a.objective]), a]));
      return [...kinds.values()].flatMap((kind) =>
        budgetsFor(kind, results.attacks).map((budget) => {
          const at = (a: Attack | undefined) => a?.points.find((p) => p.budget === budget)?.success;
          return [
            `${kind.attack} ${kind.variant}`.trim(),
            kind.objective,
            budgetText(kind.budgetName, budget),
            integer(at(kind)?.total ?? 0),
            name,
            ...modelsOf(runs).map(({ id }) =>
              rateText(at(asTrained.find((a) => a.model === id && sameAttack(a, kind)))),
            ),
          ];
        }),
      );
    }),
  );

/** At the largest tau: the paper's protocol before and after, the strongest other attack, the verdict. */
export function verdictsTable(runs: readonly NamedRun[]): string {
  const several = runs.some(({ results }) => new Set(results.verdicts.map((v) => v.budget)).size > 1);
  const rows = runs.flatMap(({ name, results }) => {
    const largest = Math.max(...results.verdicts.map((v) => v.tau));
    return results.verdicts
      .filter((v) => v.tau === largest)
      .map((v) => {
        const other = v.strongest === null ? undefined : v.others[v.strongest];
        return [
          results.models.find((m) => m.id === v.model)?.label ?? v.model,
          name,
          v.objective,
          ...(several ? [formatEpsilon(v.budget)] : []),
          rateText(v.before),
          rateText(v.after),
          other ? `${rateText(other.after)}, ${other.variant || other.objective}` : 'none',
          `**${v.verdict}**`,
        ];
      });
  });
  return markdownTable(
    [
      'model',
      'regime',
      'J',
      ...(several ? ['epsilon'] : []),
      'success, tau 0',
      'largest tau',
      'strongest other attack there',
      'verdict',
    ],
    rows,
  );
}

/** Every block that a document may ask for, by name. */
export const blocks: Readonly<Record<string, (runs: readonly NamedRun[]) => string>> = {
  training: trainingTable,
  accuracy: accuracyTable,
  saturation: saturationTable,
  claims: claimsTable,
  details: claimsDetails,
  attacks: attacksTable,
  verdicts: verdictsTable,
};

/**
 * A document with its generated blocks filled: what stands between `<!-- begin:name -->` and `<!-- end:name
 * -->`. Everything else is left as it is.
 *
 * @throws Error for an unknown block, or one without an end
 */
export function fillBlocks(document: string, runs: readonly NamedRun[]): string {
  const filled = document.replace(/<!-- begin:(\S+) -->\n[\s\S]*?<!-- end:\1 -->/g, (_, name: string) => {
    const block = Object.hasOwn(blocks, name) ? blocks[name] : undefined;
    if (!block) throw new Error(`no block named ${name}; known: ${Object.keys(blocks).join(', ')}`);
    return `<!-- begin:${name} -->\n${block(runs)}\n<!-- end:${name} -->`;
  });
  const count = (pattern: RegExp) => filled.match(pattern)?.length ?? 0;
  if (count(/<!-- begin:/g) !== count(/<!-- end:/g)) throw new Error('a generated block has no end');
  return filled;
}
