import * as z from 'zod';
import { ToolkitError } from '../base/errors.js';
import { nearest } from '../base/names.js';
import { layoutNames } from '../models/preprocessing/layouts.js';
import {
  channelOrders,
  rangeValues,
  unitValues,
  type Values,
} from '../models/preprocessing/preprocessing.js';
import type { Stated, StatedFormat } from './stated-format.js';

const number = z.number().refine(Number.isFinite);
const perChannel = z.union([number, z.array(number).min(1).max(4)]);

/** What may be said of a model's input, in a file beside it (`model.onnx.json`) or in its metadata. */
export const descriptionSchema = z.strictObject({
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
  output: z.string().min(1).optional().describe('the output that holds the classes, where there are several'),
});

/** A description of a model's input; JSON throughout. */
export type FormatDescription = z.infer<typeof descriptionSchema>;

/** The names of its fields. */
export const descriptionFields = Object.keys(descriptionSchema.shape);

/** What values a description makes of [0, 1]; undefined when it says nothing of them. */
export function valuesOf({
  range,
  scale,
  mean,
  std,
}: Pick<FormatDescription, 'range' | 'scale' | 'mean' | 'std'>): Values | undefined {
  if (range === undefined && scale === undefined && mean === undefined && std === undefined) return undefined;
  const ranged = range
    ? rangeValues(range[0], range[1])
    : { ...unitValues, ...(scale !== undefined && { scale }) };
  const list = (value: number | number[]) => (Array.isArray(value) ? value : [value]);
  // The lower end of a range is an offset; a mean comes on top of it.
  const offset = ranged.mean[0] ?? 0;
  return {
    scale: ranged.scale,
    mean: mean === undefined ? ranged.mean : list(mean).map((m) => m + offset),
    std: std === undefined ? ranged.std : list(std),
  };
}

/** @throws ToolkitError `bad-description` */
export function parseDescription(content: unknown, path: string): FormatDescription {
  const result = descriptionSchema.safeParse(content);
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
  return result.data ?? {};
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const where = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return [`${where ? `${where}: ` : ''}${issue.message}`];
  return issue.keys.map((key) => {
    const near = nearest(key, descriptionFields);
    return `unknown field "${key}"${near ? `; did you mean "${near}"?` : ''}`;
  });
}

/** A description, and what it was found in, as statements. */
export function statedBy(said: FormatDescription, origin: Stated<unknown>['origin']): StatedFormat {
  const values = valuesOf(said);
  return {
    ...(said.layout && { layout: { value: said.layout, origin } }),
    ...(said.channelOrder && { channelOrder: { value: said.channelOrder, origin } }),
    ...(values && { values: { value: values, origin } }),
    ...(said.labels && { labels: { value: said.labels, origin } }),
    ...(said.output !== undefined && { output: { value: said.output, origin } }),
  };
}
