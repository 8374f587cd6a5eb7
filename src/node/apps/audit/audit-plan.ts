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

/** @param part positions in the test set @param from inputs of the audit before these */
export function chunkStep(model: PlannedModel, part: Uint32Array, from: number, seeded: Seeded): Step {
  const { at, id, audited, inputs, trials, grid } = model;
  return stepOf('audit-chunk', {
    id: `${at}/inputs-${from + 1}-${from + part.length}`,
    title: `${id}, inputs ${from + 1} to ${from + part.length}`,
    about: about(at, 'chunk'),
    parameters: {
      ...{ ...audited, ...commonOf(seeded), ...gridOf(grid, seeded) },
      ...{ indices: [...part], from, trials: [...trials] },
    },
    inputs,
  });
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
  const { path, sha256, bytes, producer, parameters, reshapings, batch } = model.provenance;
  const recorded = Object.values(reshapings).flatMap((chain) => chain.map(({ name }) => name));
  return {
    ...{ id: model.id, path, sha256, bytes, producer, parameters: parameters.stored },
    reshapings: [...new Set(recorded)],
    format: formatOf(model, more.data),
    batch: batch && batchOf(batch),
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
