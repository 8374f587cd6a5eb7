import { ToolkitError } from '../../../core/base/errors.js';
import { findIn, lookUp } from '../../../core/base/names.js';
import { splitCombined, splitName } from '../../../core/base/parameter-text.js';
import { architectures, parseArchitecture } from '../../../core/models/architectures.js';
import { multiplyAdds } from '../../../core/models/notation.js';
import { parseReshaping, type ReshapingChoice, reshapings } from '../../../core/reshaping/index.js';

/** A model of a study, as it is asked for: which network, compressed how. */
export interface ModelChoice {
  /** `hash:1/64`, `dnn1`, `dnn1+hash:1/16`: how it was asked for, in one spelling. */
  readonly text: string;
  /** Name of the network in the registry; undefined for the study's own. */
  readonly network?: string;
  readonly reshaping: ReshapingChoice;
}

/**
 * Reads a model of a study: a compression of the study's own network (`none`, `hash:1/64`), a network by its
 * name (`vgg16`), or both, joined by a plus sign (`dnn1+hash:1/16`).
 *
 * @throws ToolkitError `unknown-name`, `bad-value`
 */
export function parseChoice(text: string): ModelChoice {
  const parts = splitCombined(text.trim());
  const network = findIn(architectures, parts[0] ?? '') && parts.shift();
  if (parts.length > 1) {
    const expected =
      'a network, a compression, or both joined by +, such as dnn1, hash:1/64 or dnn1+hash:1/16';
    throw new ToolkitError('bad-value', { what: 'model of a study', expected, received: `"${text}"` });
  }
  const [compression = 'none'] = parts;
  if (!network)
    lookUp({ ...architectures, none: 0, ...reshapings }, splitName(compression).name, 'model of a study');
  const reshaping = parseReshaping(compression);
  if (!network) return { text: reshaping.text, reshaping };
  const plain = reshaping.reshaping.kind === 'identity';
  return { text: plain ? network : `${network}+${reshaping.text}`, network, reshaping };
}

/** Share of the weights that a compression stores; 1 without one. */
const share = ({ reshaping: { parameters } }: ModelChoice): number => Number(parameters.rate ?? 1);

/**
 * The models of a study in the order of its tables: networks as they come, each by rising compression.
 *
 * @throws ToolkitError `bad-value` for models that cannot be compared
 */
export function orderedChoices(texts: readonly string[]): ModelChoice[] {
  const choices = texts.map(parseChoice);
  const refuse = (expected: string, received: string) => {
    throw new ToolkitError('bad-value', { what: 'models of a study', expected, received });
  };
  if (choices.length === 0) refuse('at least one, such as none,hash:1/64', 'none at all');
  for (const { text, reshaping } of choices) {
    if (reshaping.reshaping.kind === 'defence')
      refuse('networks or compressions; the study hardens every model itself', `"${text}"`);
  }
  const same = (a: ModelChoice, b: ModelChoice) =>
    a.network === b.network && a.reshaping.reshaping === b.reshaping.reshaping && share(a) === share(b);
  const twice = choices.find((a, i) => choices.slice(0, i).some((b) => same(a, b)));
  if (twice) refuse('each model once', `"${twice.text}" twice`);
  const networks = choices.map((c) => c.network);
  const plainFirst = ({ reshaping }: ModelChoice) => (reshaping.reshaping.kind === 'identity' ? 1 : 0);
  return [...choices].sort(
    (a, b) =>
      networks.indexOf(a.network) - networks.indexOf(b.network) ||
      plainFirst(b) - plainFirst(a) ||
      share(b) - share(a),
  );
}

/**
 * `hash:1/64` to "hash-1-64" and "HashNet 1/64"; `dnn1+hash:1/16` to "dnn1-hash-1-16"
 * and "DNN1, HashNet 1/16".
 */
export function modelNames({ network, reshaping }: ModelChoice): { id: string; label: string } {
  const named = network ? findIn(architectures, network) : undefined;
  if (reshaping.reshaping.kind === 'identity') {
    return named ? { id: named.name, label: named.label } : { id: 'uncompressed', label: 'Uncompressed' };
  }
  const { rest = '' } = splitName(reshaping.text);
  const own = {
    id: reshaping.text.replace(/[^a-z0-9]+/gi, '-'),
    label: `${reshaping.reshaping.title} ${rest}`.trim(),
  };
  return named ? { id: `${named.name}-${own.id}`, label: `${named.label}, ${own.label}` } : own;
}

/**
 * The network as a notation: what its name stands for is part of what determines a result, the name is not.
 */
export const notationOf = ({ network }: ModelChoice, own: string): string =>
  network ? parseArchitecture(network).notation : own;

/** Multiply-adds of one forward pass, in millions: how much longer one network takes than another. */
export const forwardCost = (notation: string, kernel: number): number =>
  multiplyAdds(parseArchitecture(notation, kernel)) / 1e6;
