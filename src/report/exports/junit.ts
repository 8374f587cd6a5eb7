import type { AuditedModel } from '../../core/evaluation/audit-schema.js';
import { auditFindings } from '../../core/evaluation/findings/index.js';
import type { GateCheck } from '../../node/apps/audit/gate.js';
import { plain, rateInFull } from '../audit/audit-plain.js';
import type { AuditExport } from './audit-export.js';

interface Case {
  readonly name: string;
  readonly seconds?: number;
  readonly failure?: { readonly kind: string; readonly text: string };
  /** Why there is no answer. */
  readonly skipped?: string;
  readonly output?: string;
}

/**
 * JUnit XML: a suite for each model; a case for its verdict, for each condition of the gate, and for each
 * kind of finding, which fails where the finding says that the measurement or the robustness is not what it
 * seems.
 */
export const junit: AuditExport = {
  title: 'JUnit XML',
  help: 'test reports of GitLab, Jenkins, Azure Pipelines, CircleCI',
  source: 'the XML schema of the xUnit plugin of Jenkins (junit-10.xsd)',
  file: 'audit.junit.xml',
  async write({ results, gate }) {
    // Loaded here, so that no other command waits for it.
    const { default: XMLBuilder } = await import('fast-xml-builder');
    const suites = results.models.map((model) => {
      const own = gate.filter((check) => check.model === model.id);
      return suite(model, casesOf(model, own), results.finished);
    });
    const builder = new XMLBuilder({
      ignoreAttributes: false,
      attributeNamePrefix: '@',
      format: true,
      suppressEmptyNode: true,
    });
    const name = `Foolproof audit of ${results.data.name}`;
    return builder.build({
      '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
      testsuites: { '@name': xmlText(name), testsuite: suites },
    });
  },
};

function suite(model: AuditedModel, cases: readonly Case[], finished: string) {
  const count = (test: (c: Case) => unknown) => cases.filter(test).length;
  const seconds = model.trials.reduce((sum, trial) => sum + trial.seconds, 0);
  return {
    '@name': xmlText(model.id),
    '@tests': cases.length,
    '@failures': count((c) => c.failure),
    '@errors': 0,
    '@skipped': count((c) => c.skipped !== undefined),
    '@time': seconds.toFixed(3),
    '@timestamp': finished.replace(/\.\d+Z?$|Z$/, ''),
    properties: {
      property: [
        ['model', model.path],
        ['sha256', model.sha256],
        ['verdict', model.verdict],
        ['clean accuracy', rateInFull(model.cleanAccuracy)],
        ['robust accuracy', rateInFull(model.robustAccuracy)],
      ].map(([name = '', value = '']) => ({ '@name': name, '@value': xmlText(value) })),
    },
    testcase: cases.map((c) => ({
      '@classname': xmlText(model.id),
      '@name': xmlText(c.name),
      '@time': (c.seconds ?? 0).toFixed(3),
      ...(c.skipped !== undefined && { skipped: { '@message': xmlText(c.skipped) } }),
      ...(c.failure && {
        failure: {
          '@type': c.failure.kind,
          '@message': xmlText(c.failure.text),
          '#text': xmlText(c.failure.text),
        },
      }),
      ...(c.output && { 'system-out': xmlText(c.output) }),
    })),
  };
}

function casesOf(model: AuditedModel, gate: readonly GateCheck[]): Case[] {
  const verdict: Case = {
    name: 'verdict: not fooled, not masked',
    ...(model.verdict === 'inconclusive' && { skipped: model.why }),
    ...((model.verdict === 'fooled' || model.verdict === 'masked') && {
      failure: { kind: model.verdict, text: model.why },
    }),
    ...(model.verdict === 'robust' && { output: model.why }),
  };
  const conditions = gate.map(
    (check): Case => ({
      name: check.required,
      ...(check.passed
        ? { output: check.measured }
        : { failure: { kind: 'gate', text: `required: ${check.required}; ${check.measured}` } }),
    }),
  );
  const findings = Object.values(auditFindings).map((kind): Case => {
    const found = model.findings.filter(({ id }) => id === kind.id);
    const serious = found.filter(({ severity }) => severity !== 'note');
    const text = (serious.length > 0 ? serious : found).map((f) => f.text).join(' ');
    return {
      name: `no finding: ${kind.title}`,
      ...(serious[0] && { failure: { kind: serious[0].severity, text: `${text} ${kind.next}` } }),
      ...(serious.length === 0 && found.length > 0 && { output: text }),
    };
  });
  return [verdict, ...conditions, ...findings];
}

/** Text that XML 1.0 can hold; the builder escapes markup. */
const xmlText = (text: string): string => plain(text).replace(/[\ud800-\udfff\ufffe\uffff]/gu, ' ');
