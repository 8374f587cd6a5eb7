import type { ValueGrid } from '../../../core/attacks/harness/value-grid.js';
import { type Attack, attacks, resolveParameters } from '../../../core/attacks/index.js';
import { formatOf } from '../../../core/evaluation/audited-format.js';
import type { Source } from '../../../core/evaluation/gradient-sources.js';
import type { ModelTrial } from '../../../core/evaluation/model-trials.js';
import { describeTrial } from '../../../core/evaluation/trial-evidence.js';
import type { BatchUse, ModelUnderTest } from '../../../core/models/model-under-test.js';
import { unitValues } from '../../../core/models/preprocessing/preprocessing.js';
import type { DataReference } from '../../work/data-reference.js';
import {
  type Audited,
  type AuditedSource,
  type AuditedTrial,
  askedFormat,
  plainFormat,
  sharedAttackName,
  sharedModelName,
} from '../../work/kinds/audited-model.js';
import { MODEL } from '../../work/kinds/step-parts.js';
import { type Step, type StepInput, stepOf } from '../../work/plan.js';
import type { AuditPart, ModelAbout, TrialAbout } from './audit-about.js';
import type { RunAuditOptions } from './audit-options.js';
import { trialGroups } from './trial-groups.js';

/** A model of an audit with the trials on it, as its steps name them. */
export interface PlannedModel {
  /** Position in the audit. */
  readonly at: number;
  readonly id: string;
  readonly audited: Audited;
  readonly inputs: Readonly<Record<string, StepInput>>;
  readonly trials: readonly AuditedTrial[];
  /** Values that candidates are judged at as well. */
  readonly grid?: ValueGrid;
  /** The step that its own sources come from: a substitute's training. */
  readonly before?: Step;
}

type Seeded = Pick<RunAuditOptions, 'rounding'> & { readonly data: DataReference; readonly seed: number };

/**
 * The name of an attack in the parameters of steps; attacks that are not registered have names that no
 * registered one has.
 */
const attackName = (attack: Attack): string =>
  Object.values(attacks).includes(attack) ? attack.name : `${attack.name} of the caller`;

/** Models and attacks that steps of this process need not make themselves. */
export function sharedThings({ models, planned = [] }: RunAuditOptions): Map<string, unknown> {
  const own = planned.map(({ attack }) => [sharedAttackName(attackName(attack)), attack] as const);
  const opened = models.map((model) => {
    const { undefended, provenance } = model;
    const name = sharedModelName(provenance.sha256, askedFormat(model));
    return [name, { classifier: model, undefended }] as const;
  });
  return new Map<string, unknown>([...own, ...opened]);
}

const about = (at: number, part: AuditPart) => ({ model: String(at), part });

/** Measures how fast a model is. */
export function throughputStep(
  model: ModelUnderTest,
  at: number,
  { data, norm, seconds }: Pick<RunAuditOptions, 'norm' | 'seconds'> & { readonly data: DataReference },
): Step {
  return stepOf('throughput', {
    id: `${at}/throughput`,
    title: `${model.id}, speed`,
    about: about(at, 'throughput'),
    parameters: { data, model: askedFormat(model), norm, seconds: seconds ?? null },
    inputs: { model: { sha256: model.provenance.sha256 } },
  });
}

/** Trials as steps name them. @param sources of the model */
export function plannedModel(
  planned: ModelUnderTest,
  at: number,
  sources: readonly Source[],
  trials: readonly ModelTrial[],
  { grid, before }: Pick<PlannedModel, 'grid' | 'before'> = {},
): PlannedModel {
  const { id, provenance } = planned;
  const named = sources.map((source, i) => ({ ...source, input: `source-${i + 1}` }));
  const inputs = named.flatMap(({ model, substitute, input }): [string, StepInput][] => {
    if (model) return [[input, { sha256: model.provenance.sha256 }]];
    return substitute && before ? [[input, { step: before.id, artifact: MODEL }]] : [];
  });
  return {
    at,
    id,
    audited: {
      model: askedFormat(planned),
      sources: named.map(
        ({ name, model, substitute, input }): AuditedSource =>
          model || substitute
            ? { name, input, format: model ? askedFormat(model) : plainData(planned.classes) }
            : { name, undefended: true },
      ),
    },
    inputs: { model: { sha256: provenance.sha256 }, ...Object.fromEntries(inputs) },
    trials: trials.map(({ id, planned, budgets, source }) => ({
      id,
      attack: attackName(planned.attack),
      role: planned.role,
      ...(planned.objective && { objective: planned.objective.name }),
      // All of them: defaults may change, keys must not depend on it.
      parameters: { ...resolveParameters(planned.attack, planned.parameters) },
      budgets: [...budgets],
      ...(planned.rounded && { rounded: true as const }),
      ...(source && { source: source.name }),
    })),
    ...(grid && { grid }),
    ...(before && { before }),
  };
}

/** Images and classes as the data have them. */
const plainData = (classes: number) =>
  plainFormat({ preprocessing: { ...unitValues, layout: 'NCHW' }, labelMap: [...Array(classes).keys()] });

/** Some inputs of an audit. */
export interface Part {
  /** Positions in the test set. */
  readonly indices: Uint32Array;
  /** Inputs of the audit before these. */
  readonly from: number;
}

/**
 * @param made positions of the trials that the step makes, where they are not all; without any it only asks
 *   for the predictions before the attacks
 */
export function chunkStep(
  model: PlannedModel,
  { indices, from }: Part,
  seeded: Seeded,
  made?: readonly number[],
): Step {
  const { at, id, audited, inputs, grid } = model;
  const trials = model.trials.filter((_, i) => made?.includes(i) ?? true);
  const to = from + indices.length;
  const which = made ? `/attacks-${made.length === 0 ? 'none' : made.map((i) => i + 1).join('-')}` : '';
  return stepOf('audit-chunk', {
    id: `${at}/inputs-${from + 1}-${to}${which}`,
    title: `${id}, inputs ${from + 1} to ${to}`,
    about: about(at, 'chunk'),
    parameters: {
      ...{ ...audited, ...commonOf(seeded), ...gridOf(grid, seeded) },
      ...{ indices: [...indices], from, trials },
    },
    inputs,
  });
}

/**
 * The steps of some inputs of all models: one for each model, or several where its attacks take long.
 *
 * @param seconds for each model what its trials take for one input in the worst case
 * @param most seconds that a step may take in the worst case
 */
export function chunkSteps(
  models: readonly PlannedModel[],
  part: Part,
  seeded: Seeded,
  { seconds, most }: { readonly seconds: readonly (readonly number[])[]; readonly most: number },
): Step[] {
  const groups = models.map((_, at) =>
    trialGroups(
      (seconds[at] ?? []).map((each) => each * part.indices.length),
      most,
    ),
  );
  // The first groups of all models first: whenever the time ends, about as much is known of each.
  const rounds = Math.max(...groups.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, k) =>
    models.flatMap((model, at) => {
      const own = groups[at] ?? [];
      const made = own[k];
      return made ? [chunkStep(model, part, seeded, own.length > 1 ? made : undefined)] : [];
    }),
  ).flat();
}

/**
 * @param indices positions in the test set of the rows that are shown @param budgets
 *   those of the trial that count
 */
export function galleryStep(
  { at, id, audited, inputs, grid }: PlannedModel,
  trial: AuditedTrial,
  indices: readonly number[],
  seeded: Seeded,
): Step {
  return stepOf('adversarial-images', {
    id: `${at}/gallery`,
    title: `${id}, gallery`,
    about: about(at, 'gallery'),
    parameters: {
      ...{ ...audited, ...commonOf(seeded), ...gridOf(grid, seeded) },
      ...{ indices: [...indices], trial },
    },
    inputs,
  });
}

/** Where candidates are rounded anyway there is no second form. */
const gridOf = (grid: ValueGrid | undefined, { rounding }: Seeded) =>
  grid && !rounding ? { grid: { steps: grid.steps, low: [...grid.low], high: [...grid.high] } } : {};

const commonOf = ({ data, seed, rounding }: Seeded) => ({ data, seed, ...(rounding && { rounding }) });

/** What the results say of a model beside what is measured on it. */
export function modelAbout(
  model: ModelUnderTest,
  trials: readonly ModelTrial[],
  more: Pick<ModelAbout, 'refusal' | 'gallery'> & { readonly data: string },
): ModelAbout {
  const { path, sha256, bytes, producer, parameters, reshapings, redFlags, batch } = model.provenance;
  const recorded = Object.values(reshapings).flatMap((chain) => chain.map(({ name }) => name));
  return {
    ...{ id: model.id, path, sha256, bytes, producer, parameters: parameters.stored },
    reshapings: [...new Set(recorded)],
    redFlags: redFlags.map((flag) => ({ ...flag, where: [...flag.where] })),
    format: formatOf(model, more.data),
    batch: batch && batchOf(batch),
    testAccuracy: { ...model.provenance.format.accuracy },
    classes: model.classes,
    refusal: more.refusal,
    gallery: more.gallery,
    trials: trials.map(trialAbout),
  };
}

/** The lists of a plan are its own. */
const batchOf = ({ sizes, refused, ...batch }: BatchUse): ModelAbout['batch'] => ({
  ...batch,
  sizes: [...sizes],
  refused: [...refused],
});

function trialAbout(trial: ModelTrial): TrialAbout {
  const { attack, parameters } = trial.planned;
  return {
    ...describeTrial(trial),
    rounded: trial.planned.rounded === true,
    title: attack.title,
    reference: attack.source,
    parameters: { ...resolveParameters(attack, parameters) },
  };
}

/** Letters, digits, dots and dashes: ids are names of third-party files. */
const fileName = (id: string): string => id.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^[.-]+/, '') || 'model';

/** Files of the galleries; with its number where another model's name makes the same. */
export function galleryFiles(ids: readonly string[]): string[] {
  const names = ids.map(fileName);
  return names.map((name, i) => `gallery/${names.indexOf(name) === i ? name : `${name}-${i + 1}`}.png`);
}
