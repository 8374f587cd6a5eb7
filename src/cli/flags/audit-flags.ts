import { Option } from 'commander';
import { ToolkitError } from '../../core/base/errors.js';
import { parseFraction } from '../../core/base/numbers.js';
import type { AuditNorm } from '../../core/evaluation/attack-suite.js';
import { type VerdictName, verdictNames } from '../../core/evaluation/verdict.js';
import { auditDefaults } from '../../node/apps/audit/audit-app.js';

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, min: 60, h: 3600 };
/** A week: more is a typing error. */
const LONGEST = 7 * 24 * 3600;

/** `5m`, `90s`, `1h`, or `none` for as long as it takes. */
export const budgetOption = (): Option =>
  new Option(
    '--budget <time>',
    'time for the attacks: 90s, 5m, 1h, or "none" for all --samples however long it takes',
  )
    .argParser((text: string): number | 'none' => {
      if (text === 'none') return text;
      const match = /^(\d{1,7}(?:\.\d{1,3})?)\s*(s|m|min|h)?$/i.exec(text.trim());
      const seconds = match ? Number(match[1]) * UNITS[(match[2] ?? '').toLowerCase()]! : Number.NaN;
      if (seconds >= 1 && seconds <= LONGEST) return seconds;
      const expected = 'a time from 1s to 168h such as 90s, 5m or 1h, or "none"';
      throw new ToolkitError('bad-value', { what: '--budget', expected, received: `"${text}"` });
    })
    .default(auditDefaults.seconds, `${auditDefaults.seconds / 60}m`);

const norms: readonly AuditNorm[] = ['Linf', 'L2'];

export const normOption = (): Option =>
  new Option(
    '--norm <name>',
    'how the size of a perturbation is measured: Linf (the largest change), L2 (its length)',
  )
    .argParser((text: string) => {
      const found = norms.find((norm) => norm.toLowerCase() === text.toLowerCase());
      if (found) return found;
      throw new ToolkitError('bad-value', {
        what: '--norm',
        expected: norms.join(' or '),
        received: `"${text}"`,
      });
    })
    .default(auditDefaults.norm);

/** Largest bound that makes sense for images of any size in L2. */
const LARGEST = 1000;

export const epsilonOption = (): Option =>
  new Option(
    '--epsilon <size>',
    'bound that the verdict is about, inputs being in [0, 1] (default: 0.3 for MNIST, 8/255 else; in L2 ' +
      '2 and 0.5)',
  ).argParser((text: string) => {
    const value = parseFraction(text);
    if (value !== undefined && value > 0 && value <= LARGEST) return value;
    const expected = 'a number above 0 such as 0.3 or 8/255';
    throw new ToolkitError('bad-value', { what: '--epsilon', expected, received: `"${text}"` });
  });

export const effortOption = (): Option =>
  new Option(
    '--effort <name>',
    'full: the published sizes of AutoAttack; quick: a tenth of them; auto: full where the time allows it',
  )
    .choices(['auto', 'quick', 'full'])
    .default(auditDefaults.effort);

/** `--fail-on masked,fooled`: verdicts that fail a build. */
export const failOnOption = (): Option =>
  new Option(
    '--fail-on <verdicts>',
    `for CI: exit with 3 when a model has one of these verdicts: ${verdictNames.join(', ')}; several ` +
      'joined by commas',
  ).argParser((text: string): VerdictName[] =>
    text.split(',').map((name) => {
      const found = verdictNames.find((verdict) => verdict === name.trim().toLowerCase());
      if (found) return found;
      const expected = `${verdictNames.join(', ')}, joined by commas`;
      throw new ToolkitError('bad-value', { what: '--fail-on', expected, received: `"${text}"` });
    }),
  );
