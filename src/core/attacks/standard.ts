import { integer } from '../base/parameters.js';
import { stream } from '../base/random.js';
import { objectives } from '../models/objectives/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { apgd, apgdL2, apgdT, apgdTL2 } from './apgd.js';
import { type Attack, type AttackContext, defineAttack, type Prepared } from './attack.js';
import { resolveParameters } from './attack-parameters.js';
import { fabT, fabTL2 } from './fab.js';
import { goalOf } from './harness/goal.js';
import { pickRows } from './harness/rows.js';
import { targetOf } from './harness/target.js';
import { stepsParameter } from './search/walk-parameters.js';
import { square, squareL2 } from './square.js';

type Floats = Tensor<'float32'>;

const PAPER =
  'Croce and Hein 2020, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse ' +
  'Parameter-free Attacks"';

/** A member at work on the inputs of one budget that all members before it have failed on. */
interface Stage {
  readonly prepared: Prepared;
  /** The harness's number of its first attempt. */
  readonly first: number;
  /** Positions of its inputs in the batch. */
  readonly rows: readonly number[];
}

/**
 * AutoAttack, the standard measure of robustness: APGD on the cross-entropy, APGD on the targeted DLR,
 * targeted FAB and Square, one after the other, each on the inputs that no member before it has succeeded on.
 * Gradients of two losses, one that minimizes the distance, and one without any gradient: a model that only
 * hides its gradient from one of them is not taken for robust.
 *
 * A budget starts anew with the first member, which is cheap where a smaller one has fooled the model:
 * everything falls to it.
 */
function ensemble(name: string, members: readonly [Attack, ...Attack[]]) {
  const [{ norm, budget }] = members;
  return defineAttack({
    name,
    title: `AutoAttack, standard, ${norm}`,
    source: PAPER,
    norm,
    followsObjective: false,
    budget,
    parameters: {
      steps: stepsParameter(100, 'Croce and Hein 2020, section 5 (fewer are not the standard)'),
      queryBudget: integer({
        ...square.parameters.queryBudget,
        help: 'queries of Square at most (fewer are not the standard)',
      }),
    },
    async prepare(context) {
      let stages: Stage[] = [];
      const attempts = ({ prepared }: Stage) => prepared.attempts ?? 1;
      const planned = () => stages.reduce((sum, stage) => sum + attempts(stage), 0);
      const immovable = new Set<number>();
      return {
        // Known member by member: one attempt more than those at work have, while another member waits.
        get attempts() {
          return planned() + (stages.length < members.length ? 1 : 0);
        },
        async candidates(size, rows, attempt) {
          // The first attempt of a budget: other inputs are open than at the end of the one before.
          if (attempt === 0) stages = [];
          if (attempt >= planned()) {
            const member = members[stages.length]!;
            stages.push({
              prepared: await prepareOn(member, context, rows),
              first: planned(),
              rows: [...rows],
            });
          }
          const stage = stages.find((s) => attempt < s.first + attempts(s))!;
          const own = rows.map((row) => stage.rows.indexOf(row));
          const proposed = await stage.prepared.candidates(size, own, attempt - stage.first);
          rows.forEach((row, i) => {
            // Square needs no slope: whatever it has looked at was moved.
            if (stage.prepared.stuck?.(own[i]!)) immovable.add(row);
            else immovable.delete(row);
          });
          return proposed;
        },
        stuck: (row) => immovable.has(row),
      };
    },
  });
}

/**
 * A member's preparation on some inputs of the batch; random numbers are its own, and do not depend on which
 * inputs these are.
 */
function prepareOn(member: Attack, context: AttackContext, rows: readonly number[]): Promise<Prepared> {
  const { parameters, labels } = context;
  const given = Object.fromEntries(Object.entries(parameters).filter(([key]) => key in member.parameters));
  const images: Floats = pickRows(context.images, rows);
  return member.prepare({
    ...context,
    target: targetOf(context.target, rows),
    goal: goalOf(context.goal, rows),
    images,
    objective: objectives['cross-entropy'],
    parameters: resolveParameters(member, given),
    ...(labels && { labels: Int32Array.from(rows, (row) => labels[row]!) }),
    random: (i) => stream(context.random(rows[i]!).uint32(), member.name),
  });
}

export const standard = ensemble('standard', [apgd, apgdT, fabT, square]);
export const standardL2 = ensemble('standard-l2', [apgdL2, apgdTL2, fabTL2, squareL2]);
