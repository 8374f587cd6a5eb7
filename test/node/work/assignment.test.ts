import { describe, expect, it } from 'vitest';
import { assignmentOf, parseAssignment } from '../../../src/node/work/assignment.js';
import { keyedSteps } from '../../../src/node/work/step-keys.js';
import { dataOf } from '../../support/errors.js';
import { context, measuring, planOf, resultOf, training } from '../../support/plans.js';

const [first, second] = keyedSteps(planOf(training('a'), measuring('of a', 'a')), context);
const results = new Map([[first!.key, resultOf(first!.key)]]);
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('an assignment', () => {
  it('is there when all inputs are, and names them by their bytes', () => {
    expect(assignmentOf(first!, new Map())).toMatchObject({ id: 'a', inputs: {} });
    expect(assignmentOf(second!, new Map())).toBeUndefined();
    const { inputs } = assignmentOf(second!, results)!;
    expect(inputs.model).toEqual({
      sha256: first!.key,
      from: { kind: 'train', key: first!.key, artifact: 'model.onnx' },
    });
  });

  it('is what it was for a worker of the same versions', () => {
    const assignment = assignmentOf(second!, results)!;
    expect(parseAssignment(throughJson(assignment), context)).toEqual(assignment);
  });

  it.each([{ toolkit: '2' }, { engine: 'other' }, { device: 'cuda' }])(
    'is refused with %o',
    async (change) => {
      const assignment = throughJson(assignmentOf(second!, results));
      const { what, received } = await dataOf('data-mismatch', async () =>
        parseAssignment(assignment, { ...context, ...change }),
      );
      expect(what).toBe('test accuracy');
      expect(received).toContain(Object.values(change)[0]);
    },
  );

  it.each<[string, object]>([
    ['a path for a hash', { inputs: { model: { sha256: '../../etc/passwd' } } }],
    ['parameters of another shape', { parameters: { images: 'all' } }],
    ['a command', { command: 'rm' }],
    ['no key', { key: 'x' }],
  ])('is refused with %s', async (_, change) => {
    const assignment = throughJson({ ...assignmentOf(second!, results), ...change });
    await dataOf('corrupt-data', async () => parseAssignment(assignment, context));
  });

  it('is refused when it was changed on its way', async () => {
    const assignment = assignmentOf(second!, results)!;
    const changed = { ...assignment, parameters: { ...assignment.parameters, images: 11 } };
    await dataOf('data-mismatch', async () => parseAssignment(throughJson(changed), context));
  });
});
