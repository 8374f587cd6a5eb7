import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { XMLParser } from 'fast-xml-parser';
import { parse as readJunit } from 'junit2json';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { parse as readYaml } from 'yaml';
import type { AuditResults } from '../../../src/core/evaluation/audit-schema.js';
import { auditFindings } from '../../../src/core/evaluation/findings/index.js';
import type { GateCheck } from '../../../src/node/apps/audit/gate.js';
import { auditExports } from '../../../src/report/exports/index.js';
import {
  auditOf,
  auditOfSeveral,
  fooledModel,
  inconclusiveModel,
  maskedModel,
} from '../../support/audited-models.js';

const fixture = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/schemas/${name}`, import.meta.url)), 'utf8');

/** Names that would be markup, control characters or half a character in another format. */
const HOSTILE = 'a<b>&"\'`|\u001b[31m\u0000 ]]> \ud800 ../ü model.onnx';
const hostile = auditOf({ ...maskedModel(), id: HOSTILE, path: `models/${HOSTILE}`, why: HOSTILE });

const cases: readonly (readonly [string, AuditResults])[] = [
  ['one model', auditOf(fooledModel())],
  ['several models', auditOfSeveral()],
  ['nothing decided', auditOf(inconclusiveModel())],
  ['hostile names', hostile],
];

const gateOf = (results: AuditResults): GateCheck[] =>
  results.models.map(({ id, verdict }) => ({
    model: id,
    required: 'robust accuracy of at least 40 % at epsilon 8/255',
    passed: verdict === 'robust',
    measured: '1.0 % (5 of 500; 0.4-2.3)',
  }));

const exported = (name: keyof typeof auditExports, results: AuditResults, gate: readonly GateCheck[] = []) =>
  auditExports[name].write({ results, gate });

describe.each(cases)('exports of %s', (_, results) => {
  it('JUnit XML is valid against the schema of Jenkins, and other readers count the same', async () => {
    const text = await exported('junit', results, gateOf(results));
    const { valid, errors } = await validateXML({
      xml: [{ fileName: 'audit.xml', contents: text }],
      schema: [fixture('junit-10.xsd')],
    });
    expect(errors).toEqual([]);
    expect(valid).toBe(true);
    const root = await readJunit(text);
    const suites = root && 'testsuite' in root ? (root.testsuite ?? []) : [];
    expect(suites).toHaveLength(results.models.length);
    for (const [i, model] of results.models.entries()) {
      const found = suites[i]?.testcase ?? [];
      // The verdict, one condition of the gate, and every kind of finding.
      expect(found).toHaveLength(2 + Object.keys(auditFindings).length);
      expect(Number(suites[i]?.tests)).toBe(found.length);
      const serious = new Set(model.findings.filter((f) => f.severity !== 'note').map((f) => f.id));
      const failures =
        serious.size +
        (model.verdict === 'robust' ? 0 : 1) +
        (model.verdict === 'fooled' || model.verdict === 'masked' ? 1 : 0);
      expect(found.filter((c) => c.failure)).toHaveLength(failures);
      expect(Number(suites[i]?.failures)).toBe(failures);
    }
    expect(new XMLParser({ ignoreAttributes: false }).parse(text)).toHaveProperty('testsuites');
  });

  it('SARIF is valid against the schema of OASIS, and every result names a rule and a file', async () => {
    const ajv = new Ajv({ strict: false, unicodeRegExp: false });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(fixture('sarif-2.1.0.schema.json')));
    const log = JSON.parse(await exported('sarif', results));
    validate(log);
    expect(validate.errors).toBeNull();
    const [run] = log.runs;
    const bad = results.models.filter(({ verdict }) => verdict !== 'robust').length;
    expect(run.results).toHaveLength(bad + results.models.flatMap(({ findings }) => findings).length);
    for (const { ruleId, ruleIndex, locations } of run.results) {
      expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
      const { uri } = locations[0].physicalLocation.artifactLocation;
      expect(results.models.map(({ path }) => path.replace('\ud800', '\ufffd'))).toContain(
        decodeURIComponent(uri).replace(/^file:\/\//, ''),
      );
    }
  });

  it('CycloneDX is valid against its schema, with intervals around every value', async () => {
    const text = await exported('cyclonedx', results);
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(text)).toBeNull();
    const { components } = JSON.parse(text);
    expect(components).toHaveLength(results.models.length);
    for (const { modelCard } of components) {
      for (const { value, confidenceInterval } of modelCard.quantitativeAnalysis.performanceMetrics) {
        expect(Number(confidenceInterval.lowerBound)).toBeLessThanOrEqual(Number(value));
        expect(Number(confidenceInterval.upperBound)).toBeGreaterThanOrEqual(Number(value));
      }
    }
  });

  it('the model-index is YAML with the rates in percent', async () => {
    const { 'model-index': index } = readYaml(await exported('model-index', results));
    expect(index).toHaveLength(results.models.length);
    for (const [i, { cleanAccuracy, robustAccuracy }] of results.models.entries()) {
      const metrics = index[i].results[0].metrics as { type: string; value: number }[];
      const value = (type: string) => metrics.find((metric) => metric.type === type)?.value;
      for (const [type, rate] of [
        ['accuracy', cleanAccuracy],
        ['robust_accuracy', robustAccuracy],
      ] as const) {
        if (rate.value === null) expect(value(type)).toBeUndefined();
        else expect(value(type)).toBeCloseTo(100 * rate.value, 1);
      }
    }
  });

  it('the Markdown summary says what the gate required', async () => {
    const gate = gateOf(results);
    const text = await exported('markdown', results, gate);
    expect(text.match(/^- [✅❌]/gmu)).toHaveLength(gate.length);
    expect(await exported('markdown', results)).not.toContain('### Gate');
  });
});

it('every export says what it is, and has a file name of its own', () => {
  const all = Object.values(auditExports);
  for (const { title, help, source } of all)
    for (const text of [title, help, source]) expect(text).not.toBe('');
  expect(new Set(all.map(({ file }) => file)).size).toBe(all.length);
});
