import type { Dataset } from './dataset.js';

/** Number of images that a warning names. */
const MAX_NAMED = 3;

/**
 * Warnings about a data set that can still be used: damaged images left out, stretched images, classes
 * without a test image. One line each; empty when there is nothing to report.
 */
export function dataWarnings({
  title,
  skipped = [],
  stretched = 0,
  notes = [],
  test,
  train,
  dims,
  classNames,
}: Dataset): string[] {
  const total = test.count + train.count;
  const warnings: string[] = notes.map((note) => `${title}: ${note}`);
  if (skipped.length > 0) {
    const named = skipped.slice(0, MAX_NAMED).map(({ path, reason }) => `${path}: ${reason}`);
    const more = skipped.length > MAX_NAMED ? `; and ${skipped.length - MAX_NAMED} more` : '';
    warnings.push(
      `${title}: ${skipped.length} of ${total + skipped.length} images are damaged and left out ` +
        `(${named.join('; ')}${more})`,
    );
  }
  if (stretched > 0) {
    warnings.push(
      `${title}: ${stretched} of ${total + skipped.length} images have another size ` +
        `and were stretched to ${dims[1]} x ${dims[2]}`,
    );
  }
  const present = new Set(test.labels as Iterable<number>);
  if (test.count > 1 && present.size === 1) {
    const [only] = present;
    warnings.push(
      `${title}: all ${test.count} test images are of one class, ${classNames[only!] ?? only}; ` +
        'no accuracy on them means anything',
    );
  } else if (present.size > 0 && present.size < classNames.length && test.count >= 10 * classNames.length) {
    const absent = classNames.filter((_, k) => !present.has(k));
    warnings.push(
      `${title}: no test images of ${absent.slice(0, 10).join(', ')}${absent.length > 10 ? ', ...' : ''}`,
    );
  }
  return warnings;
}
