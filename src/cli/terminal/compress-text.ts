import type { CompressReport } from '../../node/apps/compress/compress-report.js';
import { bytesText, compactRate, count, duration, rateText, table } from './terminal-text.js';

type Measured = Pick<CompressReport['model'], 'bytes' | 'size' | 'testAccuracy'>;

/** How much smaller than 32-bit numbers: `31.2x`. */
const ratio = ({ plain }: Measured['size'], bytes: number): string => `${(plain / bytes).toFixed(1)}x`;

/** A compression, or a sweep of several, for people. */
export function compressText(
  { model, compressed, finetuning, dataset }: CompressReport,
  seconds: number,
): string {
  const heads = ['', 'stored', 'virtual', 'file', 'tensors', 'entropy-coded', 'accuracy'];
  const rows = [row('before', model), ...compressed.map((each) => row(nameOf(each), each))];
  const files = compressed.flatMap(({ path }) => (path === null ? [] : [path]));
  return [
    ...files.map((path) => `written: ${path}`),
    table(heads, rows),
    `accuracy before ${rateText(model.testAccuracy)}`,
    ...compressed.map((each) => `${nameOf(each)}: ${rateText(each.testAccuracy)}`),
    'stored, virtual: numbers in the file, weights of the network; tensors: bytes of all tensors;',
    'entropy-coded: Huffman-coded weights and gaps (Han et al. 2016), tables counted; x: against 32 bits',
    finetuning
      ? `fine-tuned after each compression: ${finetuning.epochs} x ${count(dataset.trainImages)} images`
      : 'not fine-tuned',
    `time ${duration(seconds)}`,
  ].join('\n');
}

const nameOf = ({ compression, activations }: CompressReport['compressed'][number]): string =>
  activations === 'none' ? compression : `${compression}, activations ${activations}`;

const row = (name: string, { bytes, size, testAccuracy }: Measured): string[] => [
  name,
  count(size.parameters.stored),
  count(size.parameters.virtual),
  bytesText(bytes),
  `${bytesText(size.stored)} (${ratio(size, size.stored)})`,
  `${bytesText(size.entropyCoded)} (${ratio(size, size.entropyCoded)})`,
  compactRate(testAccuracy, 2),
];
