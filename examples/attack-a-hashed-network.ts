import * as foolproof from 'foolproof/node';

// A network that stores one weight in eight, trained for a few seconds.
const runtime = await foolproof.nodeRuntime();
const { train, test } = await foolproof.loadDataset('mnist');
const compression = foolproof.parseReshaping('hash:1/8');
const fresh = foolproof.reshapeAll(foolproof.buildModel('784-C8-C16-F64-10'), compression, 1);
const plan = { ...foolproof.defaultPlan, learningRate: 0.005, epochs: 1 };
const { model } = await foolproof.fit(fresh, train.slice(0, 12_000), { runtime, plan });

// On how many of 200 test images does one step along the sign of the gradient change the predicted class?
const classifier = new foolproof.Classifier(model, { runtime });
const { images, labels } = test.batch([...Array(200).keys()]);
const result = await foolproof.sweep({
  attack: foolproof.attacks.fgsm!,
  objective: foolproof.objectives['cross-entropy']!,
  budgets: [0.05, 0.1, 0.2],
  classifier,
  images,
  labels: labels.data,
});
for (const { budget, success } of result.points) {
  console.log(`epsilon ${budget}: ${success.count} of ${success.total} fooled`);
}
