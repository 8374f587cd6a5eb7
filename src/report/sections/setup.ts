import type { Results } from '../../studies/results.js';
import { enumerate, integer, short } from '../format.js';
import { html, type Markup } from '../markup.js';
import { budgetsOf, fgsm, objectiveInProse, objectivesOf, tausOf } from '../select.js';

/** What was done, on what: enough to judge how far the numbers reach. */
export function setup(results: Results): Markup {
  const { dataset, environment } = results;
  const attacks = fgsm(results);
  const architectures = [...new Set(results.models.map((m) => m.architecture))];
  const rows: [string, Markup | string][] = [
    ['Data set', `${dataset.name}: ${integer(dataset.train)} training images, ${integer(dataset.test)} test images`],
    ['Attacked', `${integer(dataset.attacked)} of the test images`],
    ['Models', `${results.models.length} (${enumerate(results.models.map((m) => m.label))})`],
    ['Architecture', enumerate(architectures)],
  ];
  if (attacks.length > 0) {
    const taus = tausOf(attacks);
    rows.push(
      ['Attack', 'FGSM: one step along the sign of the loss gradient (HFGSM when the model is compressed)'],
      ['Strength', `ε = ${budgetsOf(attacks).map(short).join(', ')}`],
      ['Loss', enumerate(objectivesOf(attacks).map((o) => objectiveInProse(o)))],
    );
    if (taus.length > 1) rows.push(['Inhibition', `τ = ${taus.map(short).join(', ')}`]);
  }
  rows.push(
    ['Study', `${results.study}, profile ${results.profile}, seed ${results.seed}`],
    ['Versions', `Foolproof ${results.toolkit}, ONNX Runtime ${environment.onnxruntime}, Node ${environment.node}`],
  );
  return html`<section id="setup"><h2>What was done</h2>
<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</section>`;
}
