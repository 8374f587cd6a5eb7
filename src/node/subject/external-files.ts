import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { ToolkitError } from '../../core/base/errors.js';
import type { ExternalData, ExternalFile, ExternalRefusal } from '../../core/onnx/external-data.js';
import { errorCode, reasonOf } from '../store/files.js';

/** The engine of JavaScript reads no more at once. */
const MAX_READ = 2 ** 30;

/**
 * Opens files of weights that lie in the folder of a model, or below it; no symbolic link leads further. A
 * model that is a link itself (as caches of models keep them) may have them beside the file that it leads to.
 *
 * @param path of the model, which exists
 */
export function filesBeside(path: string): ExternalData {
  return async (location) => {
    const beside = dirname(path);
    try {
      const target = await realpath(join(beside, location));
      const folders = [await realpath(beside), dirname(await realpath(path))];
      if (!folders.some((folder) => isWithin(target, folder)))
        return { reason: 'a link that leads out of the folder of the model' };
      return await openFile(target);
    } catch (error) {
      const missing = errorCode(error) === 'ENOENT';
      return { reason: missing ? 'no such file beside the model' : `it cannot be read: ${reasonOf(error)}` };
    }
  };
}

const isWithin = (path: string, folder: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

async function openFile(path: string): Promise<ExternalFile | ExternalRefusal> {
  // Not to wait for the other end of a pipe.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const close = () => handle.close();
  const kind = await handle.stat();
  if (!kind.isFile()) {
    await close();
    return { reason: kind.isDirectory() ? 'it is a folder' : 'it is not a regular file' };
  }
  return {
    size: kind.size,
    close,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const part = Math.min(MAX_READ, length - done);
        const { bytesRead } = await handle.read(bytes, done, part, offset + done).catch((cause) => {
          throw new ToolkitError('file-unreadable', { path, reason: reasonOf(cause) }, { cause });
        });
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    },
  };
}
