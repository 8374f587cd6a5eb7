import { readNpz } from '../../core/tensor/npz.js';
import type { Tensor } from '../../core/tensor/tensor.js';
import { runStudy, type StudyOptions, type StudyOutcome } from '../../node/apps/study/index.js';
import type { Results } from '../../node/apps/study/study-schema.js';
import { RunDirectory } from '../../node/store/run-directory.js';
import { renderFigures, renderReport } from '../index.js';
import { gallerySheetPng } from '../kit/gallery-png.js';

export interface Reproduced {
  readonly results: Results;
  /** Files written, relative to the run directory; `report.html` and `results.json` among them. */
  readonly files: readonly string[];
  /** Steps that an earlier run had finished. */
  readonly reused: number;
}

/**
 * Runs a study in a run directory and writes there `report.html`, `results.json`, the models, the figures and
 * the galleries. Everything is written anew from the finished steps, so it is cheap to repeat.
 *
 * @throws ToolkitError `interrupted`, `unknown-name`, `run-in-use`, `file-unwritable`
 */
export async function reproduce(options: StudyOptions): Promise<Reproduced> {
  const directory = await RunDirectory.open(options.out);
  try {
    const outcome = await runStudy(directory, options);
    const files = await filesOf(outcome);
    for (const [name, content] of files) await directory.write(name, content);
    return { results: outcome.results, files: [...files.keys()], reused: outcome.reused };
  } finally {
    await directory.close();
  }
}

async function filesOf({
  results,
  models,
  galleries,
  files,
}: StudyOutcome): Promise<Map<string, Uint8Array | string>> {
  const figures = await renderFigures(results);
  const images = new Map<string, Uint8Array>();
  for (const [file, npz] of galleries) images.set(file, await drawGallery(npz, file));
  return new Map<string, Uint8Array | string>([
    ...models,
    ...files,
    ...images,
    ...[...figures].map(([id, svg]) => [`figures/${id}.svg`, svg] as const),
    ['results.json', `${JSON.stringify(results, null, 2)}\n`],
    // Last, so that a report is never there before what it shows.
    ['report.html', renderReport(results, { figures, images })],
  ]);
}

async function drawGallery(npz: Uint8Array, file: string): Promise<Uint8Array> {
  const arrays = readNpz(npz, { source: file });
  const [original, adversarial] = [arrays.get('original')!, arrays.get('adversarial')!];
  return gallerySheetPng(original as Tensor<'float32'>, adversarial as Tensor<'float32'>);
}
