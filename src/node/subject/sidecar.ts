import { z } from 'zod';
import { isToolkitError, ToolkitError } from '../../core/base/errors.js';
import { nearest } from '../../core/base/names.js';
import type { StatedFormat } from '../../core/formats/detect-format.js';
import { statedByMetadata } from '../../core/formats/format-metadata.js';
import { layoutNames } from '../../core/models/preprocessing/layouts.js';
import {
  channelOrders,
  rangeValues,
  unitValues,
  type Values,
} from '../../core/models/preprocessing/preprocessing.js';
import type { Model } from '../../core/onnx/graph.js';
import { readFileBytes } from '../store/files.js';

/** Bytes that a description may have: room for the names of a hundred thousand classes, not for an accident. */
const LIMIT = 2 ** 22;

const number = z.number().refine(Number.isFinite);
const perChannel = z.union([number, z.array(number).min(1).max(4)]);

/** What may stand beside a model, in `model.onnx.json` or `model.json`. */
export const sidecarSchema = z.strictObject({
  layout: z.enum(layoutNames).optional().describe('how the axes of an image are ordered'),
  channelOrder: z.enum(channelOrders).optional().describe('how the model counts the colours of an image'),
  range: z.tuple([number, number]).optional().describe('what black and white become; instead of scale'),
  scale: number.optional().describe('what white becomes, black being 0'),
  mean: perChannel.optional().describe('subtracted after that, one for each channel or one for all'),
  std: perChannel.optional().describe('divided by after that'),
  labels: z
    .array(z.union([z.string(), z.int().nonnegative()]))
    .min(1)
    .max(100_000)
    .optional()
    .describe("each class of the model: its name, or the number of the data's class"),
});

export type Sidecar = z.infer<typeof sidecarSchema>;

const fields = Object.keys(sidecarSchema.shape);

/** What values a description makes of [0, 1]; undefined when it says nothing of them. */
export function valuesOf({
  range,
  scale,
  mean,
  std,
}: Omit<Sidecar, 'layout' | 'channelOrder' | 'labels'>): Values | undefined {
  if (range === undefined && scale === undefined && mean === undefined && std === undefined) return undefined;
  const ranged = range
    ? rangeValues(range[0], range[1])
    : { ...unitValues, ...(scale !== undefined && { scale }) };
  const list = (value: number | number[]) => (Array.isArray(value) ? value : [value]);
  // The lower end of a range is an offset; a mean comes on top of it.
  const offset = ranged.mean[0]!;
  return {
    scale: ranged.scale,
    mean: mean === undefined ? ranged.mean : list(mean).map((m) => m + offset),
    std: std === undefined ? ranged.std : list(std),
  };
}

/**
 * What the file beside a model says of its input: `model.onnx.json`, else a `model.json` that has any of our fields (other programs use that
 * name, too). Undefined when there is none.
 *
 * @throws ToolkitError `bad-description` with everything that is wrong with it; `file-unreadable`, `file-too-large`
 */
export async function readSidecar(
  modelPath: string,
): Promise<{ path: string; sidecar: Sidecar } | undefined> {
  const own = `${modelPath}.json`;
  const shared = `${modelPath.replace(/\.onnx$/i, '')}.json`;
  for (const path of new Set([own, shared])) {
    const bytes = await bytesAt(path);
    if (!bytes) continue;
    const content = jsonOf(bytes);
    const isOurs =
      typeof content === 'object' && content !== null && fields.some((field) => field in content);
    if (path === own || isOurs) return { path, sidecar: parseSidecar(content, path) };
  }
  return undefined;
}

async function bytesAt(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFileBytes(path, 'a description of a model', LIMIT);
  } catch (error) {
    if (isToolkitError(error, 'file-missing')) return undefined;
    throw error;
  }
}

/** Undefined for what is no JSON. */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** @throws ToolkitError `bad-description` */
export function parseSidecar(content: unknown, path: string): Sidecar {
  const result = sidecarSchema.safeParse(content);
  const problems = result.success ? [] : result.error.issues.flatMap(problemsOf);
  if (content === undefined) problems.splice(0, problems.length, 'it is not JSON in UTF-8');
  if (result.success) {
    const { range, scale, std } = result.data;
    if (range && scale !== undefined) problems.push('it has both range and scale; one of them says it all');
    if (range && range[0] === range[1]) problems.push('range: black and white are the same');
    if (scale === 0) problems.push('scale: it is 0');
    if ([std].flat().includes(0)) problems.push('std: it holds a 0');
  }
  if (problems.length > 0) throw new ToolkitError('bad-description', { path, problems });
  return result.data!;
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const where = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return [`${where ? `${where}: ` : ''}${issue.message}`];
  return issue.keys.map((key) => {
    const near = nearest(key, fields);
    return `unknown field "${key}"${near ? `; did you mean "${near}"?` : ''}`;
  });
}

/** A description, and what it was found in, as statements. */
export function statedBy(sidecar: Sidecar, origin: 'given' | 'sidecar'): StatedFormat {
  const values = valuesOf(sidecar);
  return {
    ...(sidecar.layout && { layout: { value: sidecar.layout, origin } }),
    ...(sidecar.channelOrder && { channelOrder: { value: sidecar.channelOrder, origin } }),
    ...(values && { values: { value: values, origin } }),
    ...(sidecar.labels && { labels: { value: sidecar.labels, origin } }),
  };
}

/**
 * All that is said of a model, each thing by the one that knows best: the user, the file beside it, its own metadata.
 * @throws ToolkitError as `readSidecar`
 */
export async function statedFormat(
  model: Model,
  path: string,
  given: StatedFormat = {},
): Promise<StatedFormat> {
  const found = await readSidecar(path);
  return { ...statedByMetadata(model), ...(found && statedBy(found.sidecar, 'sidecar')), ...given };
}
