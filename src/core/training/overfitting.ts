import { ToolkitError } from '../base/errors.js';
import { resolveValues } from '../base/parameters.js';
import type { Random } from '../base/random.js';
import { argMax } from '../tensor/floats.js';
import type { Tensor } from '../tensor/tensor.js';
import { adversaries } from './adversaries.js';
import type { LossGradient } from './workbench.js';

type Images = Tensor<'float32'>;

export interface SingleStepCheck {
  readonly step: number;
  /** The batch, and what the single step made of it. */
  readonly images: Images;
  readonly attacked: Images;
  readonly labels: Tensor<'int64'>;
  readonly epsilon: number;
  readonly random: Random;
  lossGradient(images: Images): Promise<LossGradient>;
}

/** Enough to tell: twice as far as the single step, in small ones. */
const STEPS = 10;

/**
 * Several steps cost a network that learns a few hundredths of its accuracy, and one that overfits nearly
 * all: the smallest share that it must keep. Below this accuracy under the single step nothing is judged.
 */
const MIN_ACCURACY = 0.5;

/**
 * Catastrophic overfitting (Wong, Rice and Kolter 2020): within a fraction of an epoch a network learns
 * to bend the loss so that the single step leads nowhere, and is not robust any more although its
 * training looks better than ever. Like them we attack a training batch in several steps now and then.
 * They keep the weights from before; here the training ends, since weights from the middle of a
 * schedule are no useful result.
 *
 * @throws ToolkitError `collapsed` where less than half of what the single step leaves survives several steps
 */
export async function checkSingleStep(check: SingleStepCheck): Promise<void> {
  const { images, epsilon, random, lossGradient, step } = check;
  const { pgd } = adversaries;
  const parameters = resolveValues(pgd.name, pgd.parameters, { steps: STEPS });
  const gradient = async (points: Images) => (await lossGradient(points)).gradient;
  const harder = await pgd.craft({ images, epsilon, random, gradient, parameters });
  const accuracy = async (points: Images) => {
    const predicted = argMax((await lossGradient(points)).logits);
    return (
      predicted.reduce((sum, p, n) => sum + (p === Number(check.labels.data[n]) ? 1 : 0), 0) /
      predicted.length
    );
  };
  const [single, several] = [await accuracy(check.attacked), await accuracy(harder)];
  if (several < MIN_ACCURACY * single && single > MIN_ACCURACY)
    throw new ToolkitError('collapsed', { step, single, several, steps: STEPS });
}
