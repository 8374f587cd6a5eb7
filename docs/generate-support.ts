import { readdirSync, readFileSync } from 'node:fs';
import type { Rule } from '../src/core/autodiff/rule.js';
import { ruleSets } from '../src/core/autodiff/rules/index.js';
import { enumerate, markdownTable } from '../src/core/base/text/index.js';
import { float32Lowerings } from '../src/core/onnx/lowering/float32/index.js';
import { lowerings } from '../src/core/onnx/lowering/index.js';
import { isOperatorName } from '../src/core/onnx/operators/index.js';
import { wrap } from './wrap.js';

/** One exported network that was compared with its framework (bench/peers/compare-exports.ts). */
interface Export {
  readonly model: string;
  readonly exporter: string;
  readonly opset: number;
  /** Largest difference of the input gradient, relative to its largest element; null: none was made. */
  readonly gradient: number | null;
}

/** Difference from which on a gradient counts as another one. */
const TOLERANCE = 1e-4;

const here = (path: string) => new URL(path, import.meta.url);

/** `docs/support.md`: what is read and differentiated, and what it was tried on. */
export function support(): string {
  const exports: readonly Export[] = JSON.parse(readFileSync(here('./support-exports.json'), 'utf8'));
  return wrap(`# What is supported

${operatorText()}

## Quantized models

The judge is the file as it is deployed. Gradients pass straight through rounding, and not where a number
saturates; they equal those of PyTorch's fake-quantized twins to 1e-4 for each of these files
(\`test/core/models/quantized-twins.test.ts\`). Weights that are quantized alone have exact gradients. Half
precision and bfloat16 are differentiated in single precision.

${quantizedTable()}

## Exporters

Networks with random weights, exported and compared with the gradient that their framework computes, of
the summed cross-entropy with respect to the images. Differences are relative to the largest element;
${show(TOLERANCE)} is the tolerance. ${deviations(exports)}

${exporterTable(exports)}

### Every network

The largest difference of its gradient, by exporter and operator set.

${networkTables(exports)}
`);
}

function operatorText(): string {
  const estimates: Readonly<Record<string, Rule>> = ruleSets.straightThrough;
  const kindOf = (op: string, rule: Rule) => {
    if (isOperatorName(op) && op in lowerings) return 'rewritten';
    if (op in float32Lowerings && rule.kind === 'unsupported') return 'rewritten (float32)';
    return rule.kind === 'unsupported' ? 'no' : rule.kind;
  };
  const all = Object.entries<Rule>(ruleSets.exact).sort(([a], [b]) => a.localeCompare(b));
  const rows = all.map(([op, rule]) => [
    op,
    kindOf(op, rule),
    estimates[op]?.kind === 'straight-through' ? 'straight-through' : '',
    rule.kinks ?? rule.reason ?? '',
  ]);
  const counts = new Map<string, number>();
  for (const [, kind = ''] of rows) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const counted = [...counts].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
  return `## Operators

Every operator below has shape inference; older operator sets, from 7 on, are upgraded to 20 when a model is
read, and any operator that ONNX Runtime runs may be in a model that is judged. Functions of a model are
written out, and so are \`If\`, \`Loop\` and \`Scan\` where nothing of the image decides how they run.

${rows.length} operators: ${enumerate(counted)}. \`exact\`: the derivative. \`subgradient\`: the
derivative, and at kinks and ties the choice in the last column (PyTorch's). \`none\`: piecewise constant
or not differentiable by nature; no gradient passes. \`rewritten\`: differentiated as the standard
operators that it stands for, with the condition in the last column; \`rewritten (float32)\`: as operators
on floating-point numbers between quantizers. \`no\`: gradient attacks refuse the model and list all such
operators; attacks without gradients run. Models that quantize use the estimate where there is one.

${markdownTable(['operator', 'derivative', 'estimate', 'at kinks and ties; conditions'], rows).trim()}`;
}

const SCHEMES: Readonly<Record<string, string>> = {
  qdq: 'QuantizeLinear and DequantizeLinear (QDQ)',
  qop: 'integer operators (QOperator)',
  dynamic: 'dynamic quantization',
  'dynamic-optimized': 'dynamic quantization, optimized by ONNX Runtime',
  'int4-blocks': '4-bit weights in blocks (DequantizeLinear)',
  'int4-nbits': '4-bit weights in blocks (MatMulNBits)',
};

/** "u8s8": bytes for activations and signed bytes for weights. */
const bits = (code: string): string =>
  code
    .match(/[us]\d+/g)
    ?.map((part) => `${part[0] === 'u' ? 'uint' : 'int'}${part.slice(1)}`)
    .join(' / ') ?? '';

function quantizedTable(): string {
  const folder = here('../test/fixtures/quantized/');
  const files = readdirSync(folder).flatMap((name) => (name.endsWith('.onnx') ? [name.split('.')] : []));
  const forms = [...new Set(files.map(([, form = '']) => form))].sort();
  const rows = forms.map((form) => {
    const [scheme = '', types = '', axis = ''] = form.split('-');
    const networks = files.filter(([, own]) => own === form).map(([network = '']) => network);
    const named = SCHEMES[form] ?? SCHEMES[scheme] ?? scheme;
    return [
      named,
      SCHEMES[form] ? '' : bits(types),
      axis === 'channel' ? 'channel' : 'tensor',
      enumerate(networks),
    ];
  });
  const head = ['form', 'activations / weights', 'scale for each', 'networks'];
  return markdownTable(head, rows).trim();
}

const show = (value: number): string => value.toExponential(1);

function deviations(exports: readonly Export[]): string {
  const others = exports.filter(({ gradient }) => gradient !== null && gradient > TOLERANCE);
  if (others.length === 0) return 'None differs by more.';
  const named = enumerate(others.map(({ model, exporter }) => `${model} by ${exporter}`));
  return `${others.length} of ${exports.length} differ by more: ${named}.`;
}

function exporterTable(exports: readonly Export[]): string {
  const exporters = [...new Set(exports.map(({ exporter }) => exporter))];
  const rows = exporters.map((exporter) => {
    const own = exports.filter((each) => each.exporter === exporter);
    const made = own.flatMap(({ gradient }) => (gradient === null ? [] : [gradient]));
    const opsets = [...new Set(own.map(({ opset }) => opset))].sort((a, b) => a - b);
    return [
      exporter,
      opsets.join(', '),
      String(own.length),
      String(made.length),
      String(made.filter((value) => value <= TOLERANCE).length),
      show(Math.max(...made)),
    ];
  });
  const head = ['exporter', 'operator sets', 'files', 'differentiate', 'equal', 'largest difference'];
  return markdownTable(head, rows).trim();
}

function networkTables(exports: readonly Export[]): string {
  const columns = [...new Set(exports.map(({ exporter }) => exporter))];
  const models = [...new Set(exports.map(({ model }) => model))];
  const rows = models.map((model) => [
    model,
    ...columns.map((exporter) => {
      const found = exports.find((each) => each.model === model && each.exporter === exporter);
      if (!found) return '';
      return found.gradient === null ? 'no gradient' : `${show(found.gradient)} (${found.opset})`;
    }),
  ]);
  return markdownTable(['network', ...columns], rows).trim();
}
