import { type Progress, silent } from '../base/progress.js';
import { type Rate, rate } from '../base/statistics.js';
import type { Split } from '../data/dataset.js';
import type { Classifier } from '../models/classifier.js';

/** Images between two looks at the signal and the progress bar. */
const CHUNK = 512;

/**
 * Accuracy of a classifier on a split, all of it.
 * @throws whatever the signal was aborted with; ToolkitError as `Classifier.logits`
 */
export async function measureAccuracy(
  classifier: Pick<Classifier, 'predict'>,
  split: Split,
  {
    progress = silent,
    signal,
  }: { readonly progress?: Progress; readonly signal?: AbortSignal | undefined } = {},
): Promise<Rate> {
  progress.begin('measuring accuracy', split.count, 'images');
  let correct = 0;
  for (let start = 0; start < split.count; start += CHUNK) {
    signal?.throwIfAborted();
    const indices = Array.from({ length: Math.min(CHUNK, split.count - start) }, (_, i) => start + i);
    const { images, labels } = split.batch(indices);
    const predicted = await classifier.predict(images);
    predicted.forEach((prediction, i) => {
      if (prediction === Number(labels.data[i])) correct += 1;
    });
    progress.advance(start + indices.length);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  progress.end();
  return rate(correct, split.count);
}
