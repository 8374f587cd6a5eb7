import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedDocuments } from '../../docs/generate.js';
import { toolkitVersion } from '../../src/core/base/toolkit-version.js';

it.each([...generatedDocuments()])('%s is what `npm run docs` writes', (path, content) => {
  expect(readFileSync(path, 'utf8')).toBe(content);
});

it('the version is that of package.json', () => {
  expect(toolkitVersion).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
});
