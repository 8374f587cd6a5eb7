import { isToolkitError } from '../../core/base/errors.js';
import {
  descriptionFields,
  type FormatDescription,
  parseDescription,
} from '../../core/formats/format-description.js';
import { readFileBytes } from '../store/files.js';

/**
 * Bytes that a description may have: enough for the names of a hundred thousand classes.
 */
const LIMIT = 2 ** 22;

/**
 * What the file beside a model says of its input: `model.onnx.json`, else a `model.json` that has any of our
 * fields (other programs use that name, too). Undefined when there is none.
 *
 * @throws ToolkitError `bad-description` with everything that is wrong with it; `file-unreadable`,
 *   `file-too-large`
 */
export async function readSidecar(
  modelPath: string,
): Promise<{ path: string; sidecar: FormatDescription } | undefined> {
  const own = `${modelPath}.json`;
  const shared = `${modelPath.replace(/\.onnx$/i, '')}.json`;
  for (const path of new Set([own, shared])) {
    const bytes = await bytesAt(path);
    if (!bytes) continue;
    const content = jsonOf(bytes);
    const isOurs =
      typeof content === 'object' && content !== null && descriptionFields.some((field) => field in content);
    if (path === own || isOurs) return { path, sidecar: parseDescription(content, path) };
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
