import sharp from 'sharp';
import * as foolproof from '../../src/index.js';

const MODEL = 'docs/results/mnist-paper/models/hash-1-64.onnx';
/** Position in the test set. */
const IMAGE = 43;
/** Large enough for a confident wrong answer, small enough that the digit stays what it is. */
const EPSILON = 0.15;

/**
 * A page that shows one adversarial example: a test image, the change that one step of FGSM makes (mid-grey
 * is none), and their sum, with the answers of the HashNet 1/64 of the paper's study.
 */
export async function adversarialExample(): Promise<string> {
  const runtime = await foolproof.nodeRuntime();
  const { test } = await foolproof.loadDataset('mnist');
  const classifier = new foolproof.Classifier(await foolproof.loadModel(MODEL), { runtime });
  const { images, labels } = test.batch([IMAGE]);
  const { adversarial = images, points } = await foolproof.sweep({
    attack: foolproof.attacks.fgsm!,
    objective: foolproof.objectives['cross-entropy']!,
    budgets: [EPSILON],
    classifier,
    images,
    labels: labels.data,
    keepAdversarial: true,
  });
  if (points[0]?.robustAccuracy.count !== 0)
    throw new Error('the model is not fooled on this image any more');
  const change = adversarial.data.map((value, i) => 0.5 + (value - (images.data[i] ?? 0)) / (2 * EPSILON));
  const [before, after] = [await answer(classifier, images), await answer(classifier, adversarial)];
  const tiles = [
    [await uri(images.data), 'An image', `The compressed network says ${before}.`],
    [
      await uri(change),
      'A small change',
      `Each pixel by at most ${100 * EPSILON} % of its range, amplified here.`,
    ],
    [await uri(adversarial.data), 'The sum', `The compressed network says ${after}.`],
  ];
  const figures = tiles.map(
    ([source, title, text]) =>
      `<figure><img src="${source}"><figcaption><strong>${title}</strong>${text}</figcaption></figure>`,
  );
  const [first, second, third] = figures;
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style>
    <main>${first}<i>+</i>${second}<i>=</i>${third}</main>`;
}

const STYLE = `
  main { display: inline-flex; gap: 14px; align-items: flex-start; padding: 16px; background: #fff;
    font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif; color: #1b2430; }
  figure { margin: 0; width: 224px }
  img { display: block; width: 224px; image-rendering: pixelated }
  figcaption { padding-top: 8px }
  strong { display: block }
  i { font: 30px/224px sans-serif; color: #667 }`;

/** The class of one image and its softmax probability. */
async function answer(classifier: foolproof.Classifier, image: foolproof.Tensor<'float32'>): Promise<string> {
  const logits = await classifier.logits(image);
  const [digit = 0] = foolproof.argMax(logits);
  const top = logits.data[digit] ?? 0;
  const share = 1 / logits.data.reduce((sum, z) => sum + Math.exp(z - top), 0);
  return `<b>${digit}</b> (${(100 * share).toFixed(1)} %)`;
}

/** A grey image of 28 x 28 values in [0, 1]. */
async function uri(values: Float32Array): Promise<string> {
  const bytes = Uint8Array.from(values, (value) => Math.round(255 * value));
  const raw = { width: 28, height: 28, channels: 1 } as const;
  const png = await sharp(bytes, { raw }).png().toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
