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

/** Writers of one operator each, named after it: what they write is what ONNX documents under that name. */
const writers = [
  ...['add', 'build', 'cast', 'clearOutputs', 'clip', 'concat', 'div', 'dtype', 'equal', 'exp', 'gather'],
  ...[
    'greater',
    'initializerOf',
    'input',
    'less',
    'log',
    'matmul',
    'max',
    'mul',
    'neg',
    'pad',
    'pow',
    'sign',
  ],
  ...['slice', 'sqrt', 'squeeze', 'sub', 'sum', 'transpose', 'typeOf', 'unsqueeze', 'where'],
];

/**
 * Exported names that still lack a doc comment. Entries are removed, never added; one that
 * is documented fails, too.
 */
const undocumented = writers.map((method) => `foolproof.GraphBuilder.${method}`);

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
  intentionallyNotDocumented: undocumented,
  validation: { notDocumented: true, invalidLink: true, notExported: false },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  // Warnings alone: the reference itself is the result.
  logLevel: 'Warn',
};
