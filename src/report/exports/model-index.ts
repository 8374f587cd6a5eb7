import type { AuditedModel, AuditResults } from '../../core/evaluation/audit-schema.js';
import { plain } from '../audit/audit-plain.js';
import type { AuditExport } from './audit-export.js';

/**
 * The `model-index` of a model card of Hugging Face, as the metadata that a README.md begins with: clean and
 * robust accuracy in percent, as leaderboards there count, with norm, epsilon and interval.
 */
export const modelIndex: AuditExport = {
  title: 'Hugging Face model-index',
  help: 'metadata of a model card: the beginning of its README.md',
  source: 'Hugging Face Hub, model card metadata: evaluation results',
  file: 'model-index.yml',
  async write({ results }) {
    const { stringify } = await import('yaml');
    const index = results.models.map((model) => ({
      name: plain(model.id),
      results: [{ task: TASK, dataset: datasetOf(results), metrics: metricsOf(results, model) }],
    }));
    return stringify({ 'model-index': index });
  },
};

const TASK = { type: 'image-classification', name: 'Image classification' };

const datasetOf = ({ data }: AuditResults) => ({
  name: plain(data.name),
  type: plain(data.name)
    .toLowerCase()
    .replace(/[^a-z0-9._/-]+/g, '-'),
  split: 'test',
});

function metricsOf({ norm, epsilon, threshold }: AuditResults, model: AuditedModel) {
  const metric = (
    type: string,
    name: string,
    { value, low, high, count, total }: AuditedModel['cleanAccuracy'],
    more = {},
  ) =>
    value === null
      ? []
      : [
          {
            type,
            name,
            value: percent(value),
            args: {
              ...more,
              count,
              total,
              interval: { level: 95, method: 'Wilson', low: percent(low ?? 0), high: percent(high ?? 1) },
            },
            verified: false,
          },
        ];
  return [
    ...metric('accuracy', 'Clean accuracy', model.cleanAccuracy),
    ...metric('robust_accuracy', `Robust accuracy (${norm}, epsilon ${epsilon})`, model.robustAccuracy, {
      ...{ norm, epsilon, threshold, verdict: model.verdict },
    }),
  ];
}

const percent = (share: number): number => Number((100 * share).toFixed(2));
