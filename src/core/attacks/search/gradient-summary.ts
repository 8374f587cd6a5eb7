import { type Rate, rate } from '../../base/statistics.js';
import type { Tensor } from '../../tensor/tensor.js';

export interface GradientSummary {
  /** Share of input elements with a gradient of exactly zero. */
  readonly zeroElements: number;
  /** Inputs whose whole gradient is exactly zero: a gradient attack cannot move them. */
  readonly zeroInputs: Rate;
  /** Mean absolute gradient over the elements of each input, [N]. */
  readonly meanAbsolute: Float64Array;
}

/** What is worth knowing of the gradients of all batches. */
export class GradientTotals {
  any = false;
  private readonly meanAbsolute: Float64Array;
  private zeroElements = 0;
  private elements = 0;

  constructor(private readonly count: number) {
    this.meanAbsolute = new Float64Array(count);
  }

  add(start: number, { data, dims }: Tensor<'float32'>): void {
    this.any = true;
    const width = data.length / dims[0]!;
    this.elements += data.length;
    for (let n = 0; n < dims[0]!; n++) {
      // Summed in double precision: a mean of tiny floats must not underflow to a zero that no element has.
      let sum = 0;
      for (let i = n * width; i < (n + 1) * width; i++) {
        if (data[i] === 0) this.zeroElements += 1;
        sum += Math.abs(data[i]!);
      }
      this.meanAbsolute[start + n] = sum / width;
    }
  }

  summary(): GradientSummary {
    const { meanAbsolute, count } = this;
    const zeroInputs = rate(meanAbsolute.filter((mean) => mean === 0).length, count);
    return { zeroElements: this.zeroElements / this.elements, zeroInputs, meanAbsolute };
  }
}
