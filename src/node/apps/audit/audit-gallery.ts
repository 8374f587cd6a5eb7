import { sweep } from '../../../core/attacks/index.js';
import { type Evidence, fooledUpTo } from '../../../core/evaluation/evidence.js';
import type { ModelTrial } from '../../../core/evaluation/model-trials.js';
import { classOrder, type Subject } from '../../../core/evaluation/subject.js';
import type { Summary } from '../../../core/evaluation/verdict.js';
import { objectives } from '../../../core/models/objectives/index.js';
import type { Tensor } from '../../../core/tensor/tensor.js';
import type { Measured } from './assemble-results.js';

/** Adversarial images to look at. */
export interface GallerySheet {
  readonly trial: string;
  /** [rows, C, H, W] in [0, 1]. */
  readonly originals: Tensor<'float32'>;
  readonly adversarial: Tensor<'float32'>;
  readonly items: readonly GalleryItem[];
}

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

/**
 * What the strongest attack makes of the first inputs that it fools the model on: of each class one, then others, so that nobody chose the
 * pretty ones. Undefined where nothing fools.
 */
export async function gallerySheet(
  subject: Subject,
  { strongest }: Summary,
  trials: readonly ModelTrial[],
  evidence: Evidence,
  { attacked, epsilon, seed, rounding }: Pick<Measured, 'attacked' | 'epsilon' | 'seed' | 'rounding'>,
): Promise<GallerySheet | undefined> {
  const { classifier, data } = subject;
  const trial = trials.find(({ id }) => id === strongest?.id);
  if (!trial || !strongest || trial.planned.role === 'unbounded') return undefined;
  const hits = fooledUpTo(strongest, epsilon);
  const rows = chosen(
    [...attacked.keys()].filter((n) => hits[n] && evidence.correct[n]),
    evidence.labels,
  );
  if (rows.length === 0) return undefined;
  const { images, labels } = data.test.batch(rows.map((n) => attacked[n]!));
  const { attack, objective, parameters } = trial.planned;
  const result = await sweep({
    attack,
    classifier,
    ...(trial.source && { source: trial.source.classifier }),
    objective: objective ?? objectives['cross-entropy']!,
    ...(parameters && { parameters }),
    images,
    labels: labels.data,
    budgets: trial.budgets.filter((budget) => budget <= epsilon * (1 + 1e-9)),
    seed,
    keepAdversarial: true,
    ...(rounding && { rounding }),
  });
  const order = classOrder(subject);
  const items = rows.map((n, i): GalleryItem => {
    const at = result.smallest[i]!;
    return {
      index: attacked[n]!,
      label: order.indexOf(Number(labels.data[i])),
      clean: order.indexOf(result.clean[i]!),
      adversarial: order.indexOf(at < 0 ? result.clean[i]! : result.predictions[at]![i]!),
      size: result.distances[i]!,
    };
  });
  // Other random numbers than in the audit may fail on single inputs.
  const kept = items.map((item, i) => ({ item, i })).filter(({ item }) => Number.isFinite(item.size));
  if (kept.length === 0) return undefined;
  const pick = (tensor: Tensor<'float32'>) => {
    const width = tensor.data.length / rows.length;
    const all = new Float32Array(kept.length * width);
    kept.forEach(({ i }, k) => {
      all.set(tensor.data.subarray(i * width, (i + 1) * width), k * width);
    });
    return { ...tensor, dims: [kept.length, ...tensor.dims.slice(1)], data: all };
  };
  return {
    trial: strongest.id,
    originals: pick(images),
    adversarial: pick(result.adversarial!),
    items: kept.map(({ item }) => item),
  };
}

/** One of each class first. */
function chosen(all: readonly number[], labels: ArrayLike<number>): number[] {
  const seen = new Set<number>();
  const firsts = all.filter((n) => !seen.has(labels[n]!) && seen.add(labels[n]!));
  const others = all.filter((n) => !firsts.includes(n));
  return [...firsts, ...others].slice(0, ROWS).sort((a, b) => a - b);
}
