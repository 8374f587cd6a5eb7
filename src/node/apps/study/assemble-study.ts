import type { Artifact } from '../../store/artifact-store.js';
import { type Finished, metaOf, readArtifact } from '../../work/executor.js';
import { type Plan, parametersOf } from '../../work/plan.js';
import type { Provenance } from '../../work/provenance.js';
import { type AttackOutcomes, pairedComparisons } from './comparisons.js';
import {
  attackRow,
  galleryRow,
  gradientRows,
  inhibitionRow,
  modelRow,
  outcomesName,
  weightRows,
} from './result-rows.js';
import type { Study } from './study.js';
import { aboutOf, type StepAbout, studyOf } from './study-plan.js';
import { type Results, resultsSchema } from './study-schema.js';
import { verdictsOf } from './study-verdicts.js';

export interface AssembledStudy {
  readonly results: Results;
  /** Models and outcomes, by the file that the results name. */
  readonly files: ReadonlyMap<string, Artifact>;
  /** Original and adversarial images as `.npz`, by the picture that the results name. */
  readonly galleries: ReadonlyMap<string, Artifact>;
}

/**
 * The results of a study: a fold over the finished steps of its plan, which needs nothing else.
 *
 * @param finished every step of the plan by its id
 * @throws ToolkitError `corrupt-data` for outcomes that were damaged meanwhile
 */
export async function assembleStudy(
  study: Study,
  plan: Plan,
  finished: ReadonlyMap<string, Finished>,
): Promise<AssembledStudy> {
  const about = studyOf(plan);
  const steps = plan.steps.map((step) => {
    const found = finished.get(step.id);
    if (!found) throw new Error(`step ${step.id} is not finished`);
    return found;
  });
  const inRole = (role: StepAbout['role']) => steps.filter(({ step }) => aboutOf(step).role === role);
  const accuracyOf = (model: string) => {
    const measured = inRole('clean-accuracy').find(({ step }) => aboutOf(step).model === model);
    if (!measured) throw new Error(`the accuracy of ${model} is not in the plan`);
    return metaOf(measured, 'accuracy').accuracy;
  };
  const trainings = inRole('training');
  const attacks = inRole('attack');
  // Where nothing was fooled there is nothing to show.
  const galleries = inRole('gallery').flatMap((gallery) => {
    const images = gallery.artifacts.get('images.npz');
    return images ? [{ row: galleryRow(gallery), images }] : [];
  });
  const models = trainings.map((training) => modelRow(training, accuracyOf(aboutOf(training.step).model)));
  const rows = attacks.map(attackRow);
  const { finished: time, toolkit, earlier: _, ...environment } = latest(steps);
  const measured: Results = {
    schema: 'foolproof.results/1',
    toolkit,
    study: about.study,
    profile: about.profile,
    figures: about.figures,
    seed: about.seed,
    finished: time,
    environment,
    dataset: {
      name: study.title,
      train: about.train,
      test: about.test,
      attacked: about.attacked,
      classNames: about.classNames,
    },
    models,
    attacks: rows,
    inhibition: inRole('accuracy-over-tau').map(inhibitionRow),
    verdicts: verdictsOf(rows),
    weights: inRole('weights').flatMap(weightRows),
    gradients: attacks.flatMap(gradientRows),
    gallery: galleries.map(({ row }) => row),
    comparisons: pairedComparisons(await outcomesOf(attacks)),
    claims: [],
  };
  return {
    results: resultsSchema.parse({ ...measured, claims: study.judge(measured) }),
    files: new Map([
      ...trainings.map((training, i): [string, Artifact] => [
        models[i]?.file ?? '',
        artifact(training, 'model.onnx'),
      ]),
      ...attacks.flatMap((attack) =>
        ['csv', 'npz'].map((ending): [string, Artifact] => [
          `${outcomesName(attack)}.${ending}`,
          artifact(attack, `outcomes.${ending}`),
        ]),
      ),
    ]),
    galleries: new Map(galleries.map(({ row, images }) => [row.file, images])),
  };
}

function artifact({ step, artifacts }: Finished, name: string): Artifact {
  const found = artifacts.get(name);
  if (!found) throw new Error(`step ${step.id} has left no ${name}`);
  return found;
}

/** Of the models as trained: only those are compared. */
async function outcomesOf(attacks: readonly Finished[]): Promise<AttackOutcomes[]> {
  const all: AttackOutcomes[] = [];
  for (const attack of attacks) {
    const { model, variant } = aboutOf(attack.step);
    const { attack: name, objective, tau } = parametersOf(attack.step, 'attack');
    if (tau > 0) continue;
    const outcomes = await readArtifact(attack, 'outcomes.npz');
    all.push({ model, attack: name, variant, objective, tau, outcomes });
  }
  return all;
}

/**
 * Provenance of the step that was finished last: repeating a finished study changes nothing in its results.
 */
const latest = (steps: readonly Finished[]): Provenance =>
  steps
    .map(({ provenance }) => provenance)
    .reduce((last, step) => (step.finished > last.finished ? step : last));
