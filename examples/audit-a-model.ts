import { audit, loadDataset, loadSubject, nodeRuntime } from 'foolproof';

// An ONNX classifier and images that it has not seen; the input format is detected.
const runtime = await nodeRuntime();
const data = await loadDataset('mnist');
const model = await loadSubject('test/fixtures/mnist-distilled.onnx', data, { runtime });

// Some twenty attacks on the same 48 images, and what they mean together.
const indices = Uint32Array.from({ length: 48 }, (_, i) => i);
const options = { runtime, norm: 'Linf', epsilon: 0.3, effort: 'quick', indices } as const;
const { results } = await audit({ subjects: [model], ...options });
for (const { id, verdict, why } of results.models)
  console.log(`${id}: ${verdict}\n${why}`.replaceAll('. ', '.\n'));
