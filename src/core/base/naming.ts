import { type ErrorCode, isToolkitError, ToolkitError } from './errors.js';

/** How a stopped signal ends work: no fault of a file. */
const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

/**
 * An error that came up while a file was worked on, as one that names the file. Errors that users are told
 * of stay as they are, or get the name; any other is a file of an unforeseen kind, and no reason to end the
 * program.
 *
 * @param source how messages name the file
 */
export function named(error: unknown, source: string): unknown {
  if (isAbort(error)) return error;
  if (error instanceof ToolkitError) return withSource(error, source);
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new ToolkitError('unusable', { source, reason }, { cause: error });
}

/** The name of a model in messages of functions that were given none. */
const NAMELESS = 'model';

/** Errors that are about a part of a model, and learn here of which. */
const SOURCELESS: ReadonlySet<string> = new Set([
  'unknown-shape',
  'shape-mismatch',
  'too-large',
  'unsupported-type',
] satisfies ErrorCode[]);

function withSource(error: ToolkitError, source: string): ToolkitError {
  const again = (data: object) =>
    new ToolkitError(error.code, { ...error.data, ...data } as ToolkitError['data'], { cause: error });
  const { data } = error;
  if ('source' in data && data.source === NAMELESS) return again({ source });
  if (isToolkitError(error, 'runtime') && error.data.what === NAMELESS) return again({ what: source });
  return SOURCELESS.has(error.code) && !('source' in data) ? again({ source }) : error;
}

/**
 * Work on a file, with errors that name it.
 *
 * @param source how messages name the file
 * @param signal whose reason is no fault of the file
 * @throws ToolkitError for whatever goes wrong, apart from the reason of a signal; see `named`
 */
export async function naming<T>(
  source: string,
  work: () => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw signal?.aborted && error === signal.reason ? error : named(error, source);
  }
}
