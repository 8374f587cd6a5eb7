/**
 * Puts comparisons of exports together as `docs/support-exports.json`, which `npm run docs` makes a table of.
 *
 * Usage: node --import tsx bench/peers/support-exports.ts NAME=FILE ...
 *
 * FILE is what `compare-exports.ts --json` wrote; NAME is the exporter where the file names tell none.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface Row {
  readonly file: string;
  readonly opset?: number;
  readonly outcome: string;
  readonly gradient?: number;
}

const EXPORTERS: Readonly<Record<string, string>> = {
  torchscript: 'PyTorch (TorchScript)',
  dynamo: 'PyTorch (dynamo)',
  'dynamo-fixed': 'PyTorch (dynamo, batch fixed)',
};

const entries = process.argv.slice(2).flatMap((argument) => {
  const [name = '', path = ''] = argument.split('=');
  const { rows } = JSON.parse(readFileSync(path, 'utf8')) as { rows: readonly Row[] };
  return rows
    .filter(({ outcome }) => outcome !== 'no reference')
    .map(({ file, opset, gradient }) => {
      const [model = '', exporter = ''] = file.split('.');
      const rounded = gradient === undefined ? null : Number(gradient.toPrecision(2));
      return { model, exporter: EXPORTERS[exporter] ?? name, opset: opset ?? 0, gradient: rounded };
    });
});
const lines = entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n');
writeFileSync(new URL('../../docs/support-exports.json', import.meta.url), `[\n${lines}\n]\n`);
