import { describe, expect, it } from 'vitest';
import { Overall } from '../../../src/node/work/overall.js';

describe('the whole of a plan', () => {
  it('counts what was found as done, but not as speed', () => {
    let clock = 100;
    const overall = new Overall(200, () => clock);
    overall.found('a', 40);
    overall.found('b', 20);
    expect(overall.state).toBeUndefined();
    clock += 10;
    // One that has not come as far as what is known of it.
    overall.record('a', 10);
    expect(overall.state).toBeUndefined();
    overall.record('b', 40);
    overall.record('c', 10);
    // 30 in 10 s, 90 of 200.
    expect(overall.state).toEqual({ share: 0.45, secondsLeft: 110 / 3 });
    // Somebody else has finished it meanwhile: 10 of it were worked here.
    overall.found('c', 70);
    expect(overall.state).toEqual({ share: 0.75, secondsLeft: 50 / 3 });
  });
});
