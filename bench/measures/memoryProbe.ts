import { renameSync, writeFileSync } from 'node:fs';

// Loaded into a server before its own code. On a signal it writes to a file, named after the question mark, how many
// bytes can be reached.
const [, file = ''] = import.meta.url.split('?');
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(`${file}.new`, String(heapUsed + external));
  renameSync(`${file}.new`, file);
});
