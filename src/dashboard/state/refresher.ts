/** Milliseconds between two refreshes: a thousand events in a second are not a thousand requests. */
const PAUSE = 250;

/**
 * Does something when it is requested: one at a time, and once more when it was requested meanwhile.
 * @param failed is called with what it throws.
 */
export function createRefresher(refresh: () => Promise<void>, failed: (error: unknown) => void) {
  let isBusy = false;
  let isDue = false;
  const run = async () => {
    isBusy = true;
    while (isDue) {
      isDue = false;
      await refresh().catch(failed);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    isBusy = false;
  };
  return {
    request: (): void => {
      isDue = true;
      if (!isBusy) void run();
    },
  };
}
