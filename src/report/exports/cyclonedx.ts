import type { Rate } from '../../core/base/statistics.js';
import type { AuditedModel, AuditResults } from '../../core/evaluation/audit-schema.js';
import { plain } from '../audit/audit-plain.js';
import type { AuditExport } from './audit-export.js';

/** CycloneDX 1.6: a bill of materials of machine-learning models, with rates and their intervals. */
export const cyclonedx: AuditExport = {
  title: 'CycloneDX 1.6 ML-BOM',
  help: 'bills of materials: Dependency-Track and other readers of CycloneDX',
  source: 'ECMA-424, CycloneDX 1.6: modelCard.quantitativeAnalysis',
  file: 'audit.cdx.json',
  write({ results }) {
    const bom = {
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        timestamp: results.finished,
        tools: { components: [{ type: 'application', name: 'foolproof', version: results.toolkit }] },
      },
      components: results.models.map((model) => component(results, model)),
    };
    return `${JSON.stringify(bom, null, 2)}\n`;
  },
};

function component(results: AuditResults, model: AuditedModel) {
  const { data, norm, epsilon } = results;
  const test = `${data.attacked} test images of ${data.name}`;
  const attacked = `${norm}, epsilon ${epsilon}, ${test}`;
  const others = model.curve.filter((point) => point.epsilon !== epsilon);
  return {
    type: 'machine-learning-model',
    'bom-ref': `${plain(model.id)}#${model.sha256.slice(0, 16)}`,
    name: plain(model.id),
    hashes: [{ alg: 'SHA-256', content: model.sha256 }],
    modelCard: {
      modelParameters: {
        task: 'image classification',
        inputs: [{ format: 'image' }],
        outputs: [{ format: `logits of ${data.classes} classes` }],
      },
      quantitativeAnalysis: {
        performanceMetrics: [
          ...metric('clean accuracy', model.cleanAccuracy, test),
          ...metric('robust accuracy', model.robustAccuracy, attacked),
          ...others.flatMap((point) =>
            metric('robust accuracy', point.robustAccuracy, `${norm}, epsilon ${point.epsilon}, ${test}`),
          ),
        ],
      },
      considerations: {
        technicalLimitations: [
          plain(`Audit verdict: ${model.verdict}. ${model.why}`),
          ...model.findings.map(({ title, severity, text }) => plain(`${title} (${severity}): ${text}`)),
        ],
      },
    },
  };
}

/** Numbers as text, as the schema wants them; nothing for a rate of no inputs. */
function metric(type: string, { value, low, high }: Rate | AuditedModel['cleanAccuracy'], slice: string) {
  if (value === null || low === null || high === null) return [];
  const confidenceInterval = { lowerBound: String(low), upperBound: String(high) };
  return [{ type, value: String(value), slice: plain(slice), confidenceInterval }];
}
