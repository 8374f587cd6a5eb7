import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OptionDefaults } from 'typedoc';

/**
 * The API reference: one module for each entry of package.json. A name that an entry exports without a doc
 * comment fails `npm run docs:api`, as does a comment that links to nothing.
 */
const root = new URL('../../', import.meta.url);
const path = (file) => fileURLToPath(new URL(file, root));
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const entries = Object.values(exports)
  .map((entry) => entry.default)
  .filter((file) => file?.endsWith('.js'))
  .map((file) => file.replace(/^\.\/dist\//, './src/').replace(/\.js$/, '.ts'));

/**
 * What needs no comment of its own: writers of one operator each, which ONNX documents under that name, and
 * entries of registries, whose contract is the comment of their interface.
 */
const writers =
  `add build cast clearOutputs clip concat div dtype equal exp gather greater initializerOf input
  less log matmul max mul neg pad pow sign slice sqrt squeeze sub sum transpose typeOf unsqueeze where`
    .split(/\s+/)
    .map((method) => `foolproof.GraphBuilder.${method}`);
const criteria = ['prediction-changes', 'misclassified', 'targeted', 'differs-from'].map(
  (name) => `foolproof.criteria.__type.${name}.__type.make`,
);
const datasets = ['mnist', 'cifar10', 'folder', 'npz'].map(
  (name) => `foolproof/node.datasets.__type.${name}.__type.load`,
);

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'Foolproof',
  entryPoints: entries.map(path),
  tsconfig: path('tsconfig.build.json'),
  out: path('docs/api'),
  readme: 'none',
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  // protoc-gen-es marks what it generates.
  modifierTags: [...OptionDefaults.modifierTags, '@generated'],
  requiredToBeDocumented: [
    'Class',
    'Interface',
    'TypeAlias',
    'Function',
    'Variable',
    'Enum',
    'Method',
    'Accessor',
  ],
  intentionallyNotDocumented: [...writers, ...criteria, ...datasets],
  validation: { notDocumented: true, invalidLink: true, notExported: false },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  // Warnings alone: the reference itself is the result.
  logLevel: 'Warn',
};
