import { BatchGoal } from '../../src/core/attacks/harness/goal.js';
import { Watched } from '../../src/core/attacks/harness/target.js';
import { predictionChanges } from '../../src/core/attacks/threat-model.js';
import type { Classifier } from '../../src/core/models/classifier.js';
import type { Tensor } from '../../src/core/tensor/tensor.js';

type Floats = Tensor<'float32'>;

/** What the harness gives to an attack on these images, for tests that call an attack without it. */
export function contextOf(classifier: Classifier, images: Floats) {
  const goal = new BatchGoal(predictionChanges, images, 0);
  return {
    target: new Watched({ attacked: classifier, originals: images, bounds: classifier.bounds, goal }),
    images: { ...images, data: images.data.slice() },
    goal,
    transfer: false,
  };
}
