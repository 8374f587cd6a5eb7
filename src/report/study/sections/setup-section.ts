import { findIn } from '../../../core/base/names.js';
import { type Study, studies } from '../../../node/apps/study/index.js';
import type { Results } from '../../../node/apps/study/study-schema.js';
import { facts } from '../../kit/lists.js';
import { html, type Markup } from '../../kit/markup.js';
import { enumerate, integer, scientific, short } from '../../kit/number-text.js';
import { objectiveInProse } from '../../kit/objective-names.js';
import { section } from '../../kit/page.js';
import { number, numberCell, table } from '../../kit/tables.js';
import { familiesOf } from '../families.js';
import {
  type Attack,
  attackedImages,
  budgetsOf,
  fgsmGradients,
  kindsOf,
  mayBeThePapers,
  runsOfKind,
  tausOf,
} from '../select-results.js';
import { attackLabel, kindName } from '../study-wording.js';

/** What was done, on what: enough to judge how far the numbers reach. */
export function setup(results: Results): Markup {
  const { dataset, environment, study, profile, seed, toolkit } = results;
  const images = `${integer(dataset.train)} training images, ${integer(dataset.test)} test images`;
  const versions = [
    `Foolproof ${toolkit}`,
    `ONNX Runtime ${environment.onnxruntime}`,
    `Node ${environment.node}`,
  ];
  return section(
    'setup',
    'What was done',
    facts([
      ['Data set', `${dataset.name}: ${images}`],
      ['Models', enumerate(results.models.map((m) => m.label))],
      ['Architecture', architectures(results)],
      ['Training', enumerate(recipes(results))],
      ['Study', `${study}, profile ${profile}, seed ${seed}; every model was trained once`],
      ['Versions', versions.join(', ')],
    ]),
    html`<p>${profileText(results)} ${saturation(results)}</p>`,
    results.attacks.length > 0 && attackTable(results),
  );
}

/** Each network once, by the name of its first model where there are several. */
function architectures({ models }: Results): Markup | string {
  const families = familiesOf(models);
  if (families.length < 2) return families[0]?.base.architecture ?? '';
  const rows = families.map(({ base }) => html`<li>${base.label}: <code>${base.architecture}</code></li>`);
  return html`<ul class="plain">${rows}</ul>`;
}

/** Each recipe once; models of one study mostly share it. */
function recipes({ models }: Results): string[] {
  const text = ({ training: { images, epochs, optimizer, environments } }: Results['models'][number]) => {
    const seen = `${integer(images)} images (${epochs} ${epochs === 1 ? 'epoch' : 'epochs'})`;
    return `${seen}, ${optimizer}${elsewhere(environments)}`;
  };
  const all = [...new Set(models.map(text))];
  if (all.length < 2) return all;
  return all.map((recipe) => {
    const own = models.filter((m) => text(m) === recipe);
    return `${enumerate(own.map((m) => m.label))}: ${recipe}`;
  });
}

/** Where a model was trained, when that is more than the place in the footer of the report. */
function elsewhere(places: Results['models'][number]['training']['environments'] = []): string {
  if (places.length < 2 && !places[0]?.device) return '';
  return `, on ${places.map(({ cpu, device }) => (device ? `${device} (${cpu})` : cpu)).join(', then ')}`;
}

const REGULARIZED = /weight decay|augmentation/;

const REGIMES = {
  regularized:
    'Regularized: weight decay or augmentation (images that are moved or mirrored at random) kept the ' +
    'logits from growing, so that predictions stay less than certain and gradients keep their size.',
  plain:
    'Not regularized: nothing limits the logits. The longer such models are trained, the closer their ' +
    'softmax comes to certainty (saturation), and the smaller the gradient of the loss that a gradient ' +
    'attack follows.',
} as const;

function profileText({ study, profile: name, models }: Results): string {
  // Of a changed profile its description would be wrong.
  const known = findIn<Study>(studies, study)?.profiles[name];
  const regularized = models.filter((m) => REGULARIZED.test(m.training.optimizer)).length;
  // With recipes of both kinds neither sentence would be true.
  const regime = regularized === 0 ? REGIMES.plain : regularized === models.length ? REGIMES.regularized : '';
  return [`Profile “${name}”${known ? `: ${known.help}` : ''}.`, models.length > 0 ? regime : '']
    .filter(Boolean)
    .join(' ');
}

/** How small the gradients of the paper's J are: what separates a saturated study from another one. */
function saturation(results: Results): string {
  const own = fgsmGradients(results).filter((g) => g.tau === 0 && mayBeThePapers(g));
  const objective = own[0]?.objective;
  if (objective === undefined) return '';
  const medians = own.filter((g) => g.objective === objective).flatMap((g) => g.quantiles['0.5'] ?? []);
  if (medians.length === 0) return '';
  const [low, high] = [scientific(Math.min(...medians)), scientific(Math.max(...medians))];
  const range = low === high ? low : `${low} to ${high}, depending on the model`;
  const which = `of an attacked image (${objectiveInProse(objective)})`;
  return `As trained, the median of the mean absolute gradient ${which} is ${range}.`;
}

/**
 * Every attack that was run: with what strength, on how many images, and where the outcome of each image is.
 */
function attackTable({ attacks }: Results): Markup {
  const kinds = [...new Set(attacks.map((a) => a.attack))].flatMap((attack) =>
    kindsOf(attacks.filter((a) => a.attack === attack)),
  );
  const rows = kinds.map((kind) => {
    const runs = runsOfKind(attacks, kind);
    const images = enumerate(attackedImages(runs).map(integer));
    return html`<tr><th scope="row" class="whole">${attackLabel(kind.attack)}:
${kindName(kind)}</th><td>${strengths(runs)}</td>
<td>${tausOf(runs).map(short).join(', ')}</td>${numberCell(images)}</tr>`;
  });
  const budgets = [...new Set(attacks.map((a) => a.budgetName))].join(' or ');
  const example = attacks[0]?.outcomes ?? '';
  return html`<h3>The attacks</h3>
${table(['Attack and what it follows', `Strength (${budgets})`, 'at τ', number('Test images')], rows)}
${parameters(attacks)}
<p>Each attack met the same images on every model, drawn at random from the test set. The outcome of each
image is in <code>${example.split('/')[0]}/</code> in the run directory, one file for each attack, model and
τ, for instance <code>${example}</code>: its position in the test set, the true class, the prediction before
the attack, the smallest strength that fooled the model (empty where none did) and the prediction at each
strength. A file of the same name ending in <code>.npz</code> holds the same as arrays for NumPy, and the size
of each image’s gradient where the attack computed one.</p>`;
}

function strengths(runs: readonly Attack[]): string {
  const inhibited = budgetsOf(runs.filter((a) => a.tau > 0)).map(short);
  const trained = budgetsOf(runs.filter((a) => a.tau === 0)).map(short);
  if (trained.length === 0 || inhibited.length === 0 || trained.join() === inhibited.join())
    return budgetsOf(runs).map(short).join(', ');
  return `${trained.join(', ')}; inhibited (τ > 0): ${inhibited.join(', ')}`;
}

/** Parameters that some attack has; those that differ within an attack are what its rows are named after. */
function parameters(attacks: readonly Attack[]): Markup[] {
  return [...new Set(attacks.map((a) => a.attack))].flatMap((attack) => {
    const own = attacks.filter((a) => a.attack === attack);
    const common = Object.entries(own[0]?.parameters ?? {}).filter(([name, value]) =>
      own.every((a) => a.parameters[name] === value),
    );
    if (common.length === 0) return [];
    const values = common.map(([name, value]) => `${name} ${value}`).join(', ');
    return [html`<p class="soft">${attackLabel(attack)}, in all its forms: ${values}.</p>`];
  });
}
