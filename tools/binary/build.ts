import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { ownFiles, ownThreads, threadAsset } from '../../src/ownFiles.ts';
import { licensesOf } from '../licenses.ts';

/**
 * `npm run build:binary`, behind the page's build: makes `dist/binary/evald`, one executable that needs nothing beside it; or in the
 * folder of the first argument. It is the Node that runs this, with a blob in it: the program in one module, compiled ahead, each
 * thread's module, and the files that evald serves or hands to runs. Nothing of it is unpacked when it is started.
 */

const root = resolve(import.meta.dirname, '../..');
const folder = resolve(process.argv[2] ?? join(root, 'dist/binary'));
/** Packages that are no dependency: what needs one says that it is not installed. */
const external = ['@statelyai/inspect'];

const work = mkdtempSync(join(tmpdir(), 'evald-binary-'));
try {
  mkdirSync(folder, { recursive: true });
  const main = join(work, 'main.mjs');
  const chunks = [await bundle(join(root, 'tools/binary/main.ts'), main)];
  const assets: Record<string, string> = {};
  for (const thread of ownThreads) {
    const name = threadAsset(thread);
    assets[name] = join(work, name);
    chunks.push(await bundle(join(root, `src/${thread}.ts`), assets[name]));
  }
  for (const file of ownFiles.flatMap(filesBelow)) assets[file] = join(root, file);
  const config = join(work, 'sea.json');
  const settings = {
    ...{ main, mainFormat: 'module', output: join(folder, 'evald'), assets },
    ...{ useCodeCache: true, disableExperimentalSEAWarning: true },
    // Flags for Node are read as --node-options=…, and not out of the environment, which is handed on to what it starts.
    ...{ execArgv: ['--disable-sigusr1'], execArgvExtension: 'cli' },
  };
  writeFileSync(config, JSON.stringify(settings));
  execFileSync(process.execPath, ['--build-sea', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ofPage = readFileSync(join(root, 'dist/dashboard/LICENSES.md'), 'utf8');
  writeFileSync(join(folder, 'LICENSES'), [nodeLicense(), licensesOf(chunks), ofPage].join('\n\n'));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Everything that a module needs, in one file. */
async function bundle(input: string, file: string): Promise<OutputChunk> {
  mkdirSync(dirname(file), { recursive: true });
  const made = await rolldown({ input, external, platform: 'node' });
  const { output } = await made.write({ file, codeSplitting: false, minify: true, comments: { legal: false } });
  await made.close();
  return output[0];
}

/** The files of which a path is, or which are below it, by their paths in the package. */
function filesBelow(path: string): string[] {
  try {
    return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return [path];
    throw error;
  }
}

/** Node's license, and those of what it is made of. Where a later `npm install` has taken the package with the file away: where they are. */
function nodeLicense(): string {
  const { version } = process;
  const name = `Node.js ${version.slice(1)}`;
  const text = join(root, `node_modules/node/node_modules/node-${process.platform}-${process.arch}/LICENSE`);
  if (existsSync(text)) return `${name}\n\n${readFileSync(text, 'utf8')}`;
  return `${name}\n\nhttps://github.com/nodejs/node/blob/${version}/LICENSE`;
}
