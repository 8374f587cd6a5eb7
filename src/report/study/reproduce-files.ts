import { ToolkitError } from '../../core/base/errors.js';
import { readNpz } from '../../core/tensor/npz.js';
import type { Tensor } from '../../core/tensor/tensor.js';
import { runStudy, type StudyOptions, type StudyOutcome } from '../../node/apps/study/index.js';
import type { Results } from '../../node/apps/study/study-schema.js';
import { RunDirectory } from '../../node/store/run-directory.js';
import { assertCanDraw } from '../kit/drawing-packages.js';
import { gallerySheetPng } from '../kit/gallery-png.js';
import { renderFigures } from './render-figures.js';
import { renderReport } from './study-html.js';

/** What `reproduce` results in. */
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
 * @throws ToolkitError `package-missing`, `interrupted`, `unknown-name`, `run-in-use`, `file-unwritable`
 */
export async function reproduce(options: StudyOptions): Promise<Reproduced> {
  await assertCanDraw();
  const directory = await RunDirectory.open(options.out);
  try {
    const outcome = await runStudy(directory, options);
    const files: string[] = [];
    for await (const [name, content] of filesOf(outcome)) {
      await directory.write(name, content);
      files.push(name);
    }
    return { results: outcome.results, files, reused: outcome.reused };
  } finally {
    await directory.close();
  }
}

/** Contents by the name of their file, each made when it is written: models may be large. */
async function* filesOf(outcome: StudyOutcome): AsyncGenerator<[string, Uint8Array | string]> {
  const { results, galleries, files } = outcome;
  for (const [file, artifact] of files) yield [file, await artifact.read()];
  const images = new Map<string, Uint8Array>();
  for (const [file, npz] of galleries) images.set(file, await drawGallery(await npz.read(), file));
  yield* images;
  const figures = await renderFigures(results);
  for (const [id, svg] of figures) yield [`figures/${id}.svg`, svg];
  yield ['results.json', `${JSON.stringify(results, null, 2)}\n`];
  // Last, so that a report is never there before what it shows.
  yield ['report.html', renderReport(results, { figures, images })];
}

async function drawGallery(npz: Uint8Array, file: string): Promise<Uint8Array> {
  const arrays = readNpz(npz, { source: file });
  const [original, adversarial] = [arrays.get('original'), arrays.get('adversarial')];
  if (!original || !adversarial)
    throw new ToolkitError('corrupt-data', { source: file, reason: 'it holds no gallery' });
  return gallerySheetPng(original as Tensor<'float32'>, adversarial as Tensor<'float32'>);
}
