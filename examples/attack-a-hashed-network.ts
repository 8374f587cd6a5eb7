import {
  attacks,
  buildModel,
  Classifier,
  defaultPlan,
  fit,
  loadDataset,
  nodeRuntime,
  objectives,
  parseReshaping,
  reshapeAll,
  sweep,
} from 'foolproof';

const runtime = await nodeRuntime();
const { train, test } = await loadDataset('mnist');
const fresh = reshapeAll(buildModel('784-C8-C16-F64-10'), parseReshaping('hash:1/8'), 1);
const { model } = await fit(fresh, train.slice(0, 12_000), {
  runtime,
  plan: { ...defaultPlan, learningRate: 0.005, epochs: 1 },
});

const classifier = new Classifier(model, { runtime });
const { images, labels } = test.slice(0, 200).batch([...Array(200).keys()]);
const result = await sweep({
  attack: attacks.fgsm,
  objective: objectives['cross-entropy'],
  classifier,
  images,
  labels: labels.data,
  budgets: [0.05, 0.1, 0.2],
});
console.log(`clean accuracy ${result.cleanAccuracy.count} of 200`);
for (const { budget, success } of result.points) console.log(`epsilon ${budget}: ${success.count} of 200 fooled`);
