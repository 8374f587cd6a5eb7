import { Option } from 'commander';
import { ToolkitError } from '../../core/base/errors.js';
import { lookUp } from '../../core/base/names.js';
import { type AuditExportName, auditExports } from '../../report/exports/index.js';

/** A format that results are exported to, and where. */
export interface ExportChoice {
  readonly name: AuditExportName;
  /** Undefined: in the folder of the report, under the name that the format has there. */
  readonly file?: string;
}

/** `--export junit=report.xml,sarif`: other programs' formats, each with a file or under its own name. */
export const exportOption = (): Option =>
  new Option(
    '--export <formats>',
    `also write the results as ${Object.keys(auditExports).join(', ')}; FORMAT or FORMAT=FILE, several ` +
      'joined by commas (default file: in the folder of --out)',
  ).argParser((text: string): ExportChoice[] => {
    const choices = text.split(',').map((part): ExportChoice => {
      const [name = '', ...file] = part.split('=');
      lookUp(auditExports, name.trim(), 'export format');
      const path = file.join('=').trim();
      if (file.length > 0 && path === '') {
        const expected = 'FORMAT or FORMAT=FILE, joined by commas';
        throw new ToolkitError('bad-value', { what: '--export', expected, received: `"${text}"` });
      }
      return { name: name.trim() as AuditExportName, ...(path !== '' && { file: path }) };
    });
    const files = choices.map(({ name, file }) => file ?? auditExports[name].file);
    const twice = files.find((file, i) => files.indexOf(file) !== i);
    if (twice === undefined) return choices;
    const expected = 'a file of its own for each format';
    throw new ToolkitError('bad-value', { what: '--export', expected, received: `"${twice}" twice` });
  });
