import * as foolproof from 'foolproof';

// Any ONNX classifier, and images that it has not seen. How the model takes them is found out.
const runtime = await foolproof.nodeRuntime();
const data = await foolproof.loadDataset('mnist');
const model = await foolproof.prepare('test/fixtures/mnist-distilled.onnx', data, { runtime });

// Twenty attacks on the same 48 images, and what they mean together.
const indices = Uint32Array.from({ length: 48 }, (_, i) => i);
const options = { norm: 'Linf', epsilon: 0.3, effort: 'quick', indices } as const;
const { results } = await foolproof.audit({ runtime, models: [model], data, ...options });
for (const { id, verdict, why } of results.models) console.log(`${id}: ${verdict}. ${why}`);
