import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

// Loaded into a server before its own code. On a signal it writes to a file, named after the question mark, how many
// bytes can be reached. What one collection has let go of, e.g. pages that are still swept, is gone after a second one.
const [, file = ''] = import.meta.url.split('?');
const SWEPT = 500;

process.on('SIGUSR2', async () => {
  for (let time = 0; time < 2; time++) {
    globalThis.gc?.();
    await setTimeout(SWEPT);
  }
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(`${file}.new`, String(heapUsed + external));
  renameSync(`${file}.new`, file);
});
