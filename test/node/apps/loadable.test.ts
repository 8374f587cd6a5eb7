import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { gradient } from '../../../src/node/apps/gradient-app.js';
import { inhibit } from '../../../src/node/apps/inhibit-app.js';
import { materialize } from '../../../src/node/apps/materialize-app.js';
import { dataOf } from '../../support/errors.js';
import { float32, GraphBuilder, nodeRuntime } from '../../support/toolkit.js';
import { useTemporaryFolders } from '../store/temporary.js';

const newFolder = useTemporaryFolders();

/** A linear classifier of [2, 1, 3] images; on request it normalizes by an operator of graphics cards. */
function classifier(isForGraphicsCards: boolean): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', ['N', 2, 1, 3]);
  const ones = g.constant(float32([2], [1, 1]));
  const attributes = { groups: 1, activation: 0, channels_last: 0 };
  const images = isForGraphicsCards
    ? g.op('GroupNorm', [x, ones, ones], attributes, { domain: 'com.microsoft' })
    : x;
  const w = g.initializer('w', float32([6, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]));
  g.output(g.op('Gemm', [g.op('Flatten', [images]), w]), 'logits');
  return g.build();
}

function fileOf(name: string, model: Model): string {
  const path = join(newFolder(), name);
  writeFileSync(path, encodeModel(model));
  return path;
}

describe('graphs that are written', () => {
  const unloadable = () => fileOf('graphics.onnx', classifier(true));
  it.each([
    ['materialize', materialize],
    ['inhibit', inhibit],
  ])('%s refuses what the engine does not load', async (name, write) => {
    const out = join(newFolder(), `${name}.onnx`);
    const { what, reason } = await dataOf('runtime', () => write({ model: unloadable(), out }));
    expect(what).toContain('graphics.onnx');
    expect(reason).toMatch(/GroupNorm/);
    expect(existsSync(out)).toBe(false);
  });

  it('gradient loads the graph of the gradient, not the model', async () => {
    const out = join(newFolder(), 'gradient.onnx');
    await gradient({ model: unloadable(), out });
    expect(existsSync(out)).toBe(true);
    const runtime = {
      ...(await nodeRuntime()),
      createSession: () => Promise.reject(new RangeError('no kernel')),
    };
    const refused = join(newFolder(), 'refused.onnx');
    await expect(gradient({ model: unloadable(), out: refused, runtime })).rejects.toThrow('no kernel');
    expect(existsSync(refused)).toBe(false);
  });

  it('gradient names its own values beside those that the file calls the same', async () => {
    const model = classifier(false);
    const renamed = (name: string) => (name === flat ? 'label' : name);
    const flat = model.graph.nodes.find(({ op }) => op === 'Flatten')?.outputs[0] ?? '';
    const nodes = [
      ...model.graph.nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(renamed),
        outputs: node.outputs.map(renamed),
      })),
      { op: 'Unknown', domain: 'x', name: 'loss', inputs: ['x'], outputs: ['gradient'], attributes: {} },
    ];
    const opsets = new Map([...model.opsets, ['x', 1]]);
    const path = fileOf('label.onnx', { ...model, opsets, graph: { ...model.graph, nodes } });
    const { graph } = await gradient({ model: path });
    expect(graph.label).not.toBe('label');
    expect(graph.model.graph.outputs.map(({ name }) => name)).toContain(graph.gradient);
  });
});
