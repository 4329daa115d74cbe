import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ClientError } from '../../client/errors.ts';
import { errorCode } from '../../errors.ts';
import type { Artifacts } from '../../schemas/results/artifacts.ts';
import { ago } from '../../text/times.ts';
import type { Context } from '../frame/context.ts';
import { exitCodes, UsageError } from '../frame/exitCodes.ts';
import { text, toggle } from '../frame/flag.ts';
import { resolveId } from '../frame/ids.ts';
import { didYouMean } from '../frame/suggest.ts';
import { defineVerb } from './verb.ts';

type File = Artifacts['files'][number];

export const verb = defineVerb({
  usage: '[get] ID [PATH…] [OPTIONS]',
  words: [1, 1_000],
  about:
    'Lists the files of a run. With `get` fetches those that are named, or all of them, into a folder; `--to -` writes them to standard output.',
  examples: [
    'evald files @last',
    'evald files get @last --to results',
    'evald files get 3f0c4b1e eval.log --to - | less',
  ],
  flags: {
    to: text('FOLDER', 'where files are put; a folder named by the id if left out'),
    overwrite: toggle('replace files that are there'),
  },
  output: true,
  async run(context, words, { to, overwrite }) {
    const isGet = words[0] === 'get';
    const [word, ...paths] = isGet ? words.slice(1) : words;
    if (word === undefined) throw new UsageError('files get: ID is missing', 'evald files get @last');
    if (!isGet && paths.length > 0) {
      throw new UsageError(`files: ${JSON.stringify(paths[0])} is too much`, `evald files get ${words.join(' ')}`);
    }
    const client = await context.client();
    const id = await resolveId(context, word);
    const artifacts = await client.artifacts(id, { signal: context.signal });
    if (artifacts.truncated) context.say('There are more files than are listed.');
    if (!isGet) {
      await context.show<File>({
        rows: artifacts.files,
        columns: [
          { name: 'path', of: ({ path }) => path },
          { name: 'size', of: ({ size }) => (context.output.format === 'csv' ? size : sizeText(size)), right: true },
          { name: 'modified', of: ({ modified }) => ago(modified), right: true },
          { name: 'modified_at', of: ({ modified }) => modified, wide: true },
        ],
        name: ({ path }) => path,
        document: () => artifacts,
        empty: 'There are no files.',
      });
      return undefined;
    }
    const known = artifacts.files.map(({ path }) => path);
    for (const path of paths) {
      if (!known.includes(path)) {
        throw new UsageError(
          `The run has no file ${JSON.stringify(path)}${didYouMean(path, known)}`,
          `evald files ${word}`,
        );
      }
    }
    const wanted = paths.length === 0 ? known : paths;
    const folder = to ?? id;
    for (const path of wanted) {
      const { body } = await client.artifact(id, path, { signal: context.signal, timeout: null });
      if (body === null) continue;
      const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
      if (folder === '-') {
        for await (const piece of source) {
          context.write(piece);
          await context.drained();
        }
      } else await save(context, source, { folder, path, overwrite });
    }
    return exitCodes.ok;
  },
});

type Target = { folder: string; path: string; overwrite: boolean };

/** Writes a file beneath a folder. @throws UsageError when there is one already, or its path leads elsewhere. */
async function save(context: Context, source: Readable, { folder, path, overwrite }: Target): Promise<void> {
  const file = resolve(folder, path);
  if (!file.startsWith(resolve(folder) + sep)) throw new UsageError(`${JSON.stringify(path)} leads out of ${folder}`);
  if (!overwrite && existsSync(file))
    throw new UsageError(`${file} exists`, 'the same with --overwrite, or another --to');
  // Under another name until it is whole.
  const partial = `${file}.part`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await pipeline(source, createWriteStream(partial), { signal: context.signal });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    if (context.signal.aborted) throw new ClientError({ code: 'interrupted' }, 'The call was interrupted');
    const code = errorCode(error);
    if (code === undefined || !/^E[A-Z]+$/.test(code)) {
      throw new ClientError({ code: 'unreachable', isLost: true }, `The connection was lost while ${path} came`);
    }
    throw new UsageError(`${file} cannot be written: ${code}`);
  }
  context.print(join(folder, path));
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function sizeText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${power === 0 ? bytes : (bytes / 1_024 ** power).toFixed(1)} ${UNITS[power]}`;
}
