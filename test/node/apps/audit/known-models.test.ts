import { describe, expect, it } from 'vitest';
import { everyRow, pickRows } from '../../../../src/core/attacks/harness/rows.js';
import { type Attack, attacks, sweep } from '../../../../src/core/attacks/index.js';
import type { PlannedAttack } from '../../../../src/core/evaluation/attack-suite.js';
import { objectives } from '../../../../src/core/models/objectives/index.js';
import { GraphBuilder } from '../../../../src/core/onnx/builder.js';
import type { Model } from '../../../../src/core/onnx/graph.js';
import { inhibitLayer } from '../../../../src/core/reshaping/index.js';
import { attackOf } from '../../../support/attacks.js';
import { classifierOf, normal } from '../../../support/classifiers.js';
import { digits } from '../../../support/mnist.js';
import { behindRefused } from '../../../support/refused.js';
import { float32 } from '../../../support/toolkit.js';
import { audited, DISTILLED, HASHED, networkOf, ROBUST } from './support.js';

/** Networks on real digits whose state is known beforehand. */
describe('audits of known models', () => {
  it('a distilled network is masked, and the attack that shows it is named', {
    timeout: 180_000,
  }, async () => {
    const model = await audited(await networkOf(DISTILLED), 64);
    expect(model.verdict).toBe('masked');
    expect(model.robustAccuracy.value).toBeLessThan(0.05);
    const finding = model.findings.find(({ id }) => id === 'zero-gradients')!;
    expect(finding.severity).toBe('masking');
    const [hidden, shown] = finding.trials.map((id) => model.trials.find((t) => t.id === id)!);
    expect(hidden!.objective).toMatch(/^cross-entropy/);
    expect(shown!.points.at(-1)!.fooled.value! - hidden!.points.at(-1)!.fooled.value!).toBeGreaterThan(0.5);
  });

  it.each([0.1, 0.5])(
    "the paper's hashed network, inhibited at tau %f, is masked and still fooled",
    { timeout: 300_000 },
    async (tau) => {
      const model = await audited(inhibitLayer(await networkOf(HASHED), tau), 12);
      expect(model.verdict).toBe('masked');
      expect(model.robustAccuracy.value).toBeLessThan(0.2);
      const masking = model.findings.filter(({ severity }) => severity === 'masking');
      expect(masking.flatMap(({ trials }) => trials).some((id) => id.includes('clipped'))).toBe(true);
      // The gradient of the model without the defence leads to its adversarial inputs, too.
      const transfer = model.trials.find(({ role }) => role === 'transfer')!;
      expect(transfer.from).toBe('itself without its defences');
      expect(transfer.points[0]!.fooled.value).toBeGreaterThan(0.8);
    },
  );

  it('an adversarially trained network is robust, and AutoAttack does not undercut its number', {
    timeout: 600_000,
  }, async () => {
    const count = 32;
    const network = await networkOf(ROBUST);
    const model = await audited(network, count);
    expect(model.verdict).toBe('robust');
    expect(model.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    for (const { points, role } of model.trials) {
      const at = points.find(({ epsilon }) => epsilon === 0.3);
      if (at && role !== 'unbounded')
        expect(at.robustAccuracy.count).toBeGreaterThanOrEqual(model.robustAccuracy.count);
    }
    const classifier = await classifierOf(network);
    const { images, labels } = await digits(count);
    const apart = await sweep({
      attack: attacks.standard,
      parameters: { steps: 50, queryBudget: 1000 },
      objective: objectives['cross-entropy'],
      classifier,
      images,
      labels,
      budgets: [0.3],
    });
    await classifier.release();
    // Both leave most inputs; the two worst cases differ by a few inputs at their borders.
    const standard = apart.points[0]!.robustAccuracy.count;
    expect(Math.abs(standard - model.robustAccuracy.count)).toBeLessThanOrEqual(0.1 * count);
  });

  it('the same network with a planted weakness is fooled', { timeout: 300_000 }, async () => {
    const model = await audited(planted(await networkOf(ROBUST)), 24);
    expect(model.cleanAccuracy.value).toBeGreaterThan(0.9);
    expect(model.verdict).toBe('fooled');
    expect(model.robustAccuracy.value).toBeLessThan(0.1);
  });
});

/**
 * The network with a direction along which every image within 0.3 becomes another class (after
 * Zimmermann et al. 2022: an adversarial input that must exist). Natural images hardly move along it, so
 * that it costs no accuracy.
 */
function planted(model: Model): Model {
  const g = new GraphBuilder(model);
  const [image, logits] = [model.graph.inputs[0]!.name, model.graph.outputs[0]!.name];
  const signs = Float32Array.from(normal([784], 'planted').data, Math.sign);
  const along = g.op('MatMul', [g.op('Flatten', [image]), g.constant(float32([784, 1], signs))]);
  const push = g.mul(along, g.constant(float32([1, 10], [0.6, 0, 0, 0, 0, 0, 0, 0, 0, -0.6])));
  g.clearOutputs();
  g.output(g.add(logits, push));
  return g.build();
}

describe('a model without a gradient', () => {
  it('is attacked by what needs none, and is not called robust', { timeout: 120_000 }, async () => {
    const model = await audited(behindRefused(await networkOf(DISTILLED)), 24);
    expect(model.trials.map(({ role }) => role).sort()).toEqual([
      ...['gradient-free', 'gradient-free', 'noise'],
      ...['substitute', 'substitute'],
    ]);
    expect(model.findings.find(({ id }) => id === 'no-gradient')!.text).toContain('Compress');
    expect(model.verdict).toBe('fooled');
    const hardened = await audited(behindRefused(await networkOf(ROBUST)), 24);
    expect(hardened.verdict).toBe('inconclusive');
  });
});

/** The distilled network at the temperature of its training: small and ordinary, with nothing hidden. */
async function ordinary(): Promise<Model> {
  const model = await networkOf(DISTILLED);
  const g = new GraphBuilder(model);
  const temperature = Number(model.metadata.get('foolproof.distillation'));
  const logits = g.mul(model.graph.outputs[0]!.name, g.constant(float32([1], [1 / temperature])));
  g.clearOutputs();
  g.output(logits);
  return g.build();
}

/** Attacks that are none, each in the place of the iterative attack of a small suite. */
describe('an attack that does not work', () => {
  const names = ['cross-entropy'] as const;
  const suiteWith = (attack: Attack): PlannedAttack[] => [
    { attack: attacks.noise, parameters: { draws: 5 }, role: 'noise', budgets: 'epsilon', cost: 1 },
    { attack, role: 'iterative', objective: objectives[names[0]]!, budgets: 'epsilon', cost: 1 },
    {
      attack: attacks.square,
      parameters: { queryBudget: 300 },
      role: 'gradient-free',
      budgets: 'epsilon',
      cost: 1,
    },
  ];
  const caught = async (attack: Attack) => {
    const model = await audited(await ordinary(), 48, { planned: suiteWith(attack) });
    expect(model.verdict).not.toBe('robust');
    return model.findings.filter(({ severity }) => severity !== 'note').map(({ id }) => id);
  };

  it('is caught when it does nothing', { timeout: 120_000 }, async () => {
    const found = await caught(attackOf((images) => images));
    expect(found).toContain('does-nothing');
    expect(found).toContain('black-box');
  });

  it('is caught when it is noise', { timeout: 120_000 }, async () => {
    const found = await caught({ ...attacks.noise, name: 'disguised' });
    expect(found).toContain('no-better-than-noise');
    expect(found).toContain('black-box');
  });

  it('is caught when it goes down instead of up', { timeout: 120_000 }, async () => {
    const wrong: Attack = {
      ...attacks.fgsm,
      async prepare({ target, images, objective }) {
        const { gradient } = await target.gradient(images, { rows: everyRow(images), objective });
        return {
          candidates: (epsilon, rows) => {
            const [x, slope] = [pickRows(images, rows), pickRows(gradient, rows)];
            return { ...x, data: x.data.map((value, i) => value - epsilon * Math.sign(slope.data[i]!)) };
          },
        };
      },
    };
    expect(await caught(wrong)).toContain('black-box');
  });

  it('is not caught where there is nothing wrong with it', { timeout: 120_000 }, async () => {
    const model = await audited(await ordinary(), 48, { planned: suiteWith(attacks.pgd) });
    expect(model.verdict).toBe('fooled');
    expect(model.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });
});
