/** How long a search may keep signals and progress bars waiting, in milliseconds. */
const PATIENCE = 50;

/**
 * For searches that run the engine many times between two budgets: to be awaited between runs. Lets signals
 * have their turn now and then, and ends the search on one. Results do not depend on it.
 */
export function pauses(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > PATIENCE) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}
