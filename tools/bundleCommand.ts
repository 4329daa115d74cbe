import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { licensesOf } from './licenses.ts';

/**
 * Part of `npm run build`, behind the compiler: puts what the client's commands load into few files, with what they use of zod
 * and commander, and without zod's texts in sixty languages. To find, read and link many small files takes most of the time of
 * a short command. The server's modules stay as they were compiled.
 */

const dist = resolve(import.meta.dirname, '../dist');
const CHUNKS = 'command';

/** Modules of the server that a command may begin, and the one that finds files by where it lies itself: they stay outside. */
const outside = ['cli/runCommand.js', 'journal/writer.js', 'ownFiles.js', 'process/init.js'].map((file) =>
  join(dist, file),
);
/** Packages that few commands need: they are loaded from where they are installed. */
const packages = ['execa', 'yaml', '@observablehq/plot', 'linkedom'];

rmSync(join(dist, CHUNKS), { recursive: true, force: true });
const bundle = await rolldown({
  input: { evald: join(dist, 'evald.js') },
  platform: 'node',
  external: [...outside, ...packages],
});
const { output } = await bundle.write({
  dir: dist,
  entryFileNames: '[name].js',
  chunkFileNames: `${CHUNKS}/[name]-[hash].js`,
});
await bundle.close();

const chunks = output.filter((file): file is OutputChunk => file.type === 'chunk');
for (const id of chunks.flatMap(({ moduleIds }) => moduleIds)) {
  const asks = !id.includes('/node_modules/') && readFileSync(id, 'utf8').includes('import.meta');
  if (asks) throw new Error(`${id} finds something by where it lies, and is moved: name it in \`outside\``);
}
writeFileSync(join(dist, CHUNKS, 'LICENSES'), licensesOf(chunks));
