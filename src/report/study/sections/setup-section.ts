import { findIn } from '../../../core/base/names.js';
import { type Study, studies } from '../../../node/apps/study/index.js';
import type { Results } from '../../../node/apps/study/study-schema.js';
import { html, Markup } from '../../kit/markup.js';
import { enumerate, integer, scientific, short } from '../../kit/number-text.js';
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
import { attackLabel, kindName, objectiveInProse } from '../study-wording.js';

/** What was done, on what: enough to judge how far the numbers reach. */
export function setup(results: Results): Markup {
  const { dataset, environment } = results;
  const rows: [string, Markup | string][] = [
    [
      'Data set',
      `${dataset.name}: ${integer(dataset.train)} training images, ${integer(dataset.test)} test images`,
    ],
    ['Models', enumerate(results.models.map((m) => m.label))],
    ['Architecture', architectures(results)],
    ['Training', enumerate(recipes(results))],
    [
      'Study',
      `${results.study}, profile ${results.profile}, seed ${results.seed}; every model was trained once`,
    ],
    [
      'Versions',
      `Foolproof ${results.toolkit}, ONNX Runtime ${environment.onnxruntime}, Node ${environment.node}`,
    ],
  ];
  return html`<section id="setup"><h2>What was done</h2>
<dl class="facts">${rows
    .filter(([, value]) => value !== '')
    .map(
      ([name, value]) =>
        html`<div${value instanceof Markup && html` class="wide"`}><dt>${name}</dt><dd>${value}</dd></div>`,
    )}</dl>
<p>${profile(results)} ${saturation(results)}</p>
${results.attacks.length > 0 && attackTable(results)}
</section>`;
}

/** Each network once, by the name of its first model where there are several. */
function architectures({ models }: Results): Markup | string {
  const families = familiesOf(models);
  if (families.length < 2) return families[0]?.base.architecture ?? '';
  return html`<ul class="plain">${families.map(({ base }) => html`<li>${base.label}: <code>${base.architecture}</code></li>`)}</ul>`;
}

/** Each recipe once; models of one study mostly share it. */
function recipes({ models }: Results): string[] {
  const text = ({ training: { images, epochs, optimizer, environments } }: Results['models'][number]) =>
    `${integer(images)} images (${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}), ${optimizer}${elsewhere(environments)}`;
  const all = [...new Set(models.map(text))];
  if (all.length < 2) return all;
  return all.map(
    (recipe) => `${enumerate(models.filter((m) => text(m) === recipe).map((m) => m.label))}: ${recipe}`,
  );
}

/** Where a model was trained, when that is more than the place at the foot of the report. */
function elsewhere(places: Results['models'][number]['training']['environments'] = []): string {
  if (places.length < 2 && !places[0]?.device) return '';
  return `, on ${places.map(({ cpu, device }) => (device ? `${device} (${cpu})` : cpu)).join(', then ')}`;
}

const REGULARIZED = /weight decay|augmentation/;

const REGIMES = {
  regularized:
    'Regularized: something (weight decay, images that are moved or mirrored at random) held the models back from ever larger logits, so that predictions ' +
    'stay less than certain and gradients keep their size.',
  plain:
    'Not regularized: nothing holds the logits back. The longer such models are trained, the closer their softmax comes to ' +
    'certainty (saturation), and the smaller the gradient of the loss that a gradient attack lives on.',
} as const;

function profile({ study, profile: name, models }: Results): string {
  // Of a changed profile its description would be wrong.
  const known = findIn<Study>(studies, study)?.profiles[name];
  const regularized = models.filter((m) => REGULARIZED.test(m.training.optimizer)).length;
  // With recipes of both kinds neither sentence would be true.
  const regime = regularized === 0 ? REGIMES.plain : regularized === models.length ? REGIMES.regularized : '';
  return [`Profile “${name}”${known ? `: ${known.help}` : ''}.`, models.length > 0 ? regime : '']
    .filter(Boolean)
    .join(' ');
}

/** How small the gradients of the paper's J are: what tells a saturated study from another one. */
function saturation(results: Results): string {
  const own = fgsmGradients(results).filter((g) => g.tau === 0 && mayBeThePapers(g));
  const objective = own[0]?.objective;
  const medians = own.filter((g) => g.objective === objective).flatMap((g) => g.quantiles['0.5'] ?? []);
  if (medians.length === 0) return '';
  const [low, high] = [scientific(Math.min(...medians)), scientific(Math.max(...medians))];
  const range = low === high ? low : `${low} to ${high}, depending on the model`;
  return `As trained, the median of the mean absolute gradient of an attacked image (${objectiveInProse(objective!)}) is ${range}.`;
}

/** Every attack that was run: with what strength, on how many images, and where the fate of each image is. */
function attackTable(results: Results): Markup {
  const { attacks } = results;
  const kinds = [...new Set(attacks.map((a) => a.attack))].flatMap((attack) =>
    kindsOf(attacks.filter((a) => a.attack === attack)),
  );
  const rows = kinds.map((kind) => {
    const runs = runsOfKind(attacks, kind);
    return html`<tr><th scope="row" class="whole">${attackLabel(kind.attack)}: ${kindName(kind)}</th><td>${strengths(runs)}</td>
<td>${tausOf(runs).map(short).join(', ')}</td><td class="n">${enumerate(attackedImages(runs).map(integer))}</td></tr>`;
  });
  const [example] = attacks;
  return html`<h3>The attacks</h3>
<div class="scroll"><table><thead><tr><th>Attack and what it follows</th><th>Strength (${notation(attacks)})</th><th>at τ</th><th class="n">Test images</th></tr></thead>
<tbody>${rows}</tbody></table></div>
${parameters(attacks)}
<p>Each attack met the same images on every model, drawn at random from the test set. What became of each image is in
<code>${folderOf(attacks)}</code> in the run directory, one file for each attack, model and τ, for instance <code>${example!.outcomes}</code>: its
position in the test set, the true class, the prediction before the attack, the smallest strength that fooled the model (empty
where none did) and the prediction at each strength. A file of the same name ending in <code>.npz</code> holds the same as
arrays for NumPy, and the size of each image’s gradient where the attack computed one.</p>`;
}

const folderOf = (attacks: readonly Attack[]): string => `${attacks[0]!.outcomes.split('/')[0]}/`;

const notation = (attacks: readonly Attack[]): string =>
  [...new Set(attacks.map((a) => a.budgetName))].join(' or ');

function strengths(runs: readonly Attack[]): string {
  const largest = budgetsOf(runs.filter((a) => a.tau > 0)).map(short);
  const all = budgetsOf(runs.filter((a) => a.tau === 0)).map(short);
  if (all.length === 0 || largest.length === 0 || all.join() === largest.join())
    return budgetsOf(runs).map(short).join(', ');
  return `${all.join(', ')}; inhibited (τ > 0): ${largest.join(', ')}`;
}

/** Parameters that some attack has; those that differ within an attack are what its rows are called after. */
function parameters(attacks: readonly Attack[]): Markup[] {
  return [...new Set(attacks.map((a) => a.attack))].flatMap((attack) => {
    const own = attacks.filter((a) => a.attack === attack);
    const names = Object.keys(own[0]!.parameters);
    const common = names.filter((name) => own.every((a) => a.parameters[name] === own[0]!.parameters[name]));
    if (common.length === 0) return [];
    const values = common.map((name) => `${name} ${own[0]!.parameters[name]}`);
    return [html`<p class="soft">${attackLabel(attack)}, in all its forms: ${values.join(', ')}.</p>`];
  });
}
