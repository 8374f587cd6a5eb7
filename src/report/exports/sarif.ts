import type { Log, ReportingDescriptor, Result } from 'sarif';
import type { AuditedModel } from '../../core/evaluation/audit-schema.js';
import { auditFindings, type FindingId } from '../../core/evaluation/findings/index.js';
import { plain } from '../audit/audit-plain.js';
import type { AuditExport } from './audit-export.js';

const HOME = 'https://www.npmjs.com/package/foolproof';
const LEVELS = { masking: 'error', unreliable: 'warning', note: 'note' } as const;

/** Verdicts that are problems of a model, as rules beside the findings. */
const VERDICTS: Readonly<Record<'fooled' | 'masked' | 'inconclusive', ReportingDescriptor>> = {
  fooled: {
    id: 'verdict/fooled',
    name: 'Fooled',
    shortDescription: { text: 'Adversarial images fool this model' },
    help: { text: 'Train the model adversarially, and audit the file that is deployed again.' },
    defaultConfiguration: { level: 'error' },
  },
  masked: {
    id: 'verdict/masked',
    name: 'Masked',
    shortDescription: { text: 'The model only looks robust: its gradient is masked' },
    help: { text: 'Remove what masks the gradient; it does not make the model more robust.' },
    defaultConfiguration: { level: 'error' },
  },
  inconclusive: {
    id: 'verdict/inconclusive',
    name: 'Inconclusive',
    shortDescription: { text: 'The audit does not decide whether this model is robust' },
    help: { text: 'Allow more time or images, or follow what the findings say.' },
    defaultConfiguration: { level: 'warning' },
  },
};

/** SARIF 2.1.0: kinds of findings and verdicts as rules, model files as locations. */
export const sarif: AuditExport = {
  title: 'SARIF 2.1.0',
  help: 'code scanning of GitHub, Azure DevOps, editors',
  source: 'OASIS, Static Analysis Results Interchange Format (SARIF) 2.1.0',
  file: 'audit.sarif',
  write({ results }) {
    const rules = [...Object.values(VERDICTS), ...Object.values(auditFindings).map(ruleOf)];
    const index = new Map(rules.map(({ id }, i) => [id, i]));
    const log: Log = {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'Foolproof', version: results.toolkit, informationUri: HOME, rules } },
          invocations: [{ executionSuccessful: true, endTimeUtc: results.finished }],
          columnKind: 'utf16CodeUnits',
          results: results.models
            .flatMap(resultsOf)
            .map((result) => ({ ...result, ruleIndex: index.get(result.ruleId ?? '') ?? -1 })),
        },
      ],
    };
    return `${JSON.stringify(log, null, 2)}\n`;
  },
};

function ruleOf({
  id,
  title,
  explains,
  source,
  next,
}: (typeof auditFindings)[FindingId & keyof typeof auditFindings]) {
  return {
    id,
    name: pascal(id),
    shortDescription: { text: title },
    fullDescription: { text: explains },
    help: { text: `${next} See: ${source}` },
  } satisfies ReportingDescriptor;
}

function resultsOf(model: AuditedModel): Result[] {
  const { path, sha256 } = model;
  const locations = [{ physicalLocation: { artifactLocation: { uri: uriOf(path) } } }];
  const result = (ruleId: string, level: Result.level, text: string, order: number): Result => ({
    ruleId,
    level,
    message: { text: plain(`${model.id}: ${text}`) },
    locations,
    // The same finding of the same file is one alert, also where its numbers move a little.
    partialFingerprints: { 'foolproof/1': `${sha256}:${ruleId}:${order}` },
    properties: {
      verdict: model.verdict,
      cleanAccuracy: model.cleanAccuracy,
      robustAccuracy: model.robustAccuracy,
    },
  });
  const seen = new Map<string, number>();
  const verdict =
    model.verdict === 'robust'
      ? []
      : [
          result(
            VERDICTS[model.verdict].id,
            model.verdict === 'inconclusive' ? 'warning' : 'error',
            model.why,
            0,
          ),
        ];
  return [
    ...verdict,
    ...model.findings.map(({ id, severity, text }) => {
      const order = seen.get(id) ?? 0;
      seen.set(id, order + 1);
      return result(id, LEVELS[severity], text, order);
    }),
  ];
}

/** A path as a relative or absolute URI reference; forward slashes on every system. */
function uriOf(path: string): string {
  // Half of a surrogate pair is no character that a URI could hold.
  const slashes = path.replaceAll('\\', '/').replace(/\p{Surrogate}/gu, '\ufffd');
  const escaped = slashes.split('/').map(encodeURIComponent).join('/');
  if (/^[A-Za-z]:\//.test(slashes))
    return `file:///${slashes.slice(0, 2)}${escaped.slice(escaped.indexOf('/'))}`;
  return slashes.startsWith('/') ? `file://${escaped}` : escaped;
}

const pascal = (id: string): string =>
  id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
