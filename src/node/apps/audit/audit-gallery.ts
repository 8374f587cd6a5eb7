import { ToolkitError } from '../../../core/base/errors.js';
import { type Evidence, fooledUpTo } from '../../../core/evaluation/evidence.js';
import type { Summary } from '../../../core/evaluation/verdict.js';
import { readNpz } from '../../../core/tensor/npz.js';
import { expectType, type Tensor } from '../../../core/tensor/tensor.js';
import { type Finished, metaOf } from '../../work/executor.js';
import { IMAGES } from '../../work/kinds/adversarial-images-step.js';
import { parametersOf } from '../../work/plan.js';

/** Adversarial images to look at. */
export interface GallerySheet {
  readonly trial: string;
  /** [rows, C, H, W] in [0, 1]. */
  readonly originals: Tensor<'float32'>;
  readonly adversarial: Tensor<'float32'>;
  readonly items: readonly GalleryItem[];
}

/** One attacked input of a gallery. */
export interface GalleryItem {
  /** Position in the test set. */
  readonly index: number;
  /** Classes of the data. */
  readonly label: number;
  readonly clean: number;
  readonly adversarial: number;
  /** Of the perturbation, in the norm of the audit. */
  readonly size: number;
}

const ROWS = 8;

/** The trial that is shown, and the inputs. */
export interface ShownRows {
  readonly trial: string;
  /** Positions among the attacked inputs. */
  readonly rows: readonly number[];
}

/**
 * What a gallery shows: the first inputs that the strongest attack fools the model on, of each class one,
 * then others, so that none is chosen for its looks. Undefined where nothing fools.
 */
export function shownRows({ strongest }: Summary, evidence: Evidence): ShownRows | undefined {
  if (!strongest || strongest.role === 'unbounded') return undefined;
  const hits = fooledUpTo(strongest, evidence.epsilon);
  const fooled = [...evidence.correct.keys()].filter((n) => hits[n] && evidence.correct[n]);
  const rows = chosen(fooled, evidence.labels);
  return rows.length === 0 ? undefined : { trial: strongest.id, rows };
}

/** One of each class first. */
function chosen(all: readonly number[], labels: ArrayLike<number>): number[] {
  const seen = new Set<number>();
  const firsts = all.filter((n) => {
    const label = labels[n] ?? -1;
    return !seen.has(label) && seen.add(label);
  });
  const others = all.filter((n) => !firsts.includes(n));
  return [...firsts, ...others].slice(0, ROWS).sort((a, b) => a - b);
}

/** The sheet of a finished gallery; undefined where it has no image. @throws ToolkitError `corrupt-data` */
export async function gallerySheet(gallery: Finished): Promise<GallerySheet | undefined> {
  const artifact = gallery.artifacts.get(IMAGES);
  if (!artifact) return undefined;
  const source = `${IMAGES} of ${gallery.step.id}`;
  const arrays = readNpz(await artifact.read(), { source });
  const array = (name: string): Tensor<'float32'> => {
    const found = arrays.get(name);
    if (!found) throw new ToolkitError('corrupt-data', { source, reason: `it has no array named ${name}` });
    return expectType(found, 'float32', name);
  };
  return {
    trial: parametersOf(gallery.step, 'adversarial-images').trial.id,
    originals: array('originals'),
    adversarial: array('adversarial'),
    items: metaOf(gallery, 'adversarial-images').items,
  };
}
