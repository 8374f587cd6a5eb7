import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/core/onnx/builder.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { writeNpz } from '../../../src/core/tensor/npz.js';
import { float32 } from '../../../src/core/tensor/tensor.js';
import { cli, workplace, writeData, writeModel } from '../support.js';

const place = workplace();

/** Red, a title for the window, a line of our own, the writing direction turned, one of the second set. */
const EVIL = '\x1b[31m\x1b]0;t\x07\nfoolproof: all is well\r\0\u202e\x9b2J';

/** Anything but text and ends of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]/;

/** A classifier in which everything that has a name has an evil one. */
function evil(): Model {
  // The engine ends names at a NUL.
  const name = EVIL.replace('\0', '');
  const g = new GraphBuilder();
  const x = g.input(`x${name}`, 'float32', [`N${EVIL}`, 1, 12, 12]);
  const w = g.initializer(`w${name}`, float32([144, 4], new Float32Array(576)));
  const flat = g.op('Flatten', [x], { axis: 1 });
  const product = g.op('MatMul', [flat, w], {}, { outputs: [`product${name}`] });
  g.output(g.op('Round', [product], {}, { outputs: [`logits${name}`] }));
  const model = g.build();
  return {
    ...model,
    producer: EVIL,
    metadata: new Map([
      [EVIL, EVIL],
      ['foolproof.input', JSON.stringify({ layout: 'NCHW', range: [0, 1], labels: [0, 1, 2, 3] })],
    ]),
    graph: { ...model.graph, nodes: model.graph.nodes.map((node) => ({ ...node, name: EVIL + node.op })) },
  };
}

/** Lines of the program itself begin with its name, so that a name could pretend to be one. */
function expectClean({ out, err }: { out: string; err: string }): void {
  expect(`${out}${err}`).not.toMatch(OBEYED);
  expect(`${out}${err}`).not.toMatch(/^foolproof: all is well/m);
  expect(`${out}${err}`).toContain('\\x1b');
}

const data = writeData(place.path('data.npz'));
const model = writeModel(place.path(`m\x1b[31m\n.onnx`), evil());
const npz = ['--dataset', 'npz', '--data', data, '--samples', '4', '--epsilon', '0.1'];

describe('names that a terminal would obey', () => {
  it.each([
    ['inspect', ['inspect', model], 0],
    ['inspect, JSON', ['inspect', model, '--json', '-'], 0],
    ['attack', ['attack', model, ...npz], 0],
    ['gradient', ['gradient', model, '--out', place.path('g\x1b.onnx')], 0],
    ['materialize', ['materialize', model, '--out', place.path('d\x1b.onnx')], 0],
    ['inhibit', ['inhibit', model, '--out', place.path('i\x1b.onnx')], 0],
    ['an unknown flag', ['inspect', `--${EVIL}`], 2],
    ['an unknown command', [EVIL], 2],
    ['an unknown name', ['attack', model, '--attack', EVIL], 2],
    ['a wrong number', ['attack', model, '--epsilon', EVIL], 2],
    ['a missing file', ['inspect', `none${EVIL}.onnx`], 2],
    ['a missing data set', ['attack', model, '--dataset', 'npz', '--data', `none${EVIL}`], 2],
    ['an unwritable file', ['inspect', model, '--json', `none/${EVIL}`], 2],
  ])('%s prints them as text', async (_title, argv, code) => {
    const result = await cli(argv);
    expect(result.code).toBe(code);
    expectClean(result);
    if (code === 2) expect(result.err).toMatch(/^foolproof: [^\n]+\n$/);
  });

  it('in JSON they are exact', async () => {
    const path = place.path('inspect.json');
    await cli(['inspect', model, '--json', path]);
    const report: { producer: string } = JSON.parse(readFileSync(path, 'utf8'));
    expect(report.producer).toBe(EVIL);
    expect(readFileSync(path, 'utf8')).not.toMatch(OBEYED);
  });

  it('names of arrays, classes and files', async () => {
    const array = place.path('array.npz');
    writeFileSync(array, writeNpz(new Map([[`a\x1b[31m\n`, float32([1], [1])]])));
    const bad = await cli(['attack', model, '--dataset', 'npz', '--data', array]);
    expect(bad.code).toBe(2);
    expectClean(bad);
    const folder = place.path('folder');
    for (const name of ['a', 'b\x1b[31m']) mkdirSync(`${folder}/${name}`, { recursive: true });
    writeFileSync(`${folder}/a/x\x1b[31m\n.png`, 'no picture');
    const images = await cli(['attack', model, '--dataset', 'folder', '--data', folder]);
    expect(images.code).toBe(2);
    expectClean(images);
  });

  it('of any length end up in a short line', async () => {
    const long = 'x'.repeat(100_000);
    for (const argv of [
      ['inspect', long],
      [long],
      ['inspect', model, `--${long}`],
      ['attack', long, '--epsilon', long],
    ]) {
      const { code, err } = await cli(argv);
      expect(code).toBe(2);
      expect(err.length).toBeLessThan(2500);
    }
  });
});
