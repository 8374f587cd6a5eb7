import type { Runtime } from '../../core/runtime/runtime.js';

/**
 * Loads a graph once before it is written: the engine may lack a kernel for an element type, or refuse what
 * a rewrite made.
 *
 * @param what how the message names the graph
 * @throws ToolkitError `runtime`
 */
export async function assertLoadable(file: Uint8Array, runtime: Runtime, what: string): Promise<void> {
  const session = await runtime.createSession(file, { source: what, threads: 1 });
  await session.release();
}
