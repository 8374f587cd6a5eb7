import { audit } from 'foolproof/node';

// An ONNX classifier and images that it has not seen; the input format is detected.
// Some twenty attacks on the same 48 images, and what they mean together.
const { results } = await audit({
  models: ['test/fixtures/mnist-distilled.onnx'],
  data: 'mnist',
  samples: 48,
  effort: 'quick',
});
for (const { id, verdict, why } of results.models)
  console.log(`${id}: ${verdict}\n${why}`.replaceAll('. ', '.\n'));
