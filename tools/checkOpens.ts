import { globSync, readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';

/**
 * Part of `npm run check`: what a run may have written is opened by `files/openRunFile.ts` and `files/writeRunFile.ts`
 * alone. A run may put a link, a pipe or another name of a user's file at any path that it can reach; the system's own
 * `open` would follow the one and wait for good for the other.
 */

/** What only looks at a path, or takes a name away. All else that Node has for files opens them. */
const HARMLESS = new Set([
  ...['constants', 'FileHandle', 'BigIntStats', 'Stats', 'Dirent', 'PathLike'],
  ...['access', 'lstat', 'mkdir', 'mkdtemp', 'readlink', 'readlinkSync', 'realpath', 'realpathSync'],
  ...['rename', 'rm', 'rmdir', 'stat', 'statSync', 'statfs', 'symlink', 'unlink', 'existsSync'],
]);

/** Files that open more, what they use for it, and why no run has a hand in it. */
const ALLOWED: Readonly<Record<string, readonly [names: readonly string[], why: string]>> = {
  'src/runner/checkpoint.ts': [['readFile', 'opendir'], "the kernel's file, and names in a checkpoint's folder"],
  'src/runner/folders/launches.ts': [
    ['readdir', 'writeFile'],
    'names alone; a folder that was made just now, before its run',
  ],
  'src/runner/harnesses/demo/arguments.ts': [['readFileSync'], "in the demo's own process"],
  'src/runner/harnesses/demo/output.ts': [
    ['appendFileSync', 'mkdirSync', 'writeFileSync'],
    "in the demo's own process",
  ],
  'src/runner/results/judging/outputFiles.ts': [['systemCalls'], 'folders, without following a link'],
  'src/runner/backends/local/launch.ts': [['writeFile'], 'a folder that was made just now, before its run'],
  'src/runner/backends/local/logWriters.ts': [['readFileSync'], "the kernel's files"],
  'src/runner/backends/local/marks.ts': [['readFile'], "the kernel's files"],
  'src/runner/backends/local/oomKills.ts': [
    ['readFileSync', 'writeFile'],
    "the kernel's files; a folder made just now, before its run",
  ],
  'src/runner/backends/local/procfs.ts': [['readFileSync', 'readdir', 'readFile'], "the kernel's files"],
  'src/runner/backends/local/warm/warmKind.ts': [['open'], "the operator's Python"],
  'src/runner/folders/preparedOutput.ts': [['open'], 'a log that is made, and must not be there'],
  'src/runner/backends/ray/http.ts': [['readFile'], "the operator's file"],
  'src/runner/results/readingNote.ts': [['open'], 'a note that is made, and must not be there'],
  'src/runner/results/reader/serve.ts': [['writeFileSync'], "the kernel's file"],
  'src/runner/folders/runsDir.ts': [['chmod', 'writeFile'], 'a trial under a random name, which must not be there'],
  'src/runner/backends/slurm/stateFolder.ts': [['writeFile'], 'a folder that was made just now, before its run'],
};

const root = new URL('../', import.meta.url).pathname;
const faults: string[] = [];
const used = new Map<string, Set<string>>();

for (const file of globSync('src/{runner,http}/**/*.ts', { cwd: root }).sort()) {
  const text = readFileSync(root + file, 'utf8');
  const { staticImports, staticExports, dynamicImports } = parseSync(file, text).module;
  const names = [
    ...staticImports.filter(({ moduleRequest }) => isOfFiles(moduleRequest.value)).flatMap(({ entries }) => entries),
    ...staticExports
      .flatMap(({ entries }) => entries)
      .filter(({ moduleRequest }) => moduleRequest !== null && isOfFiles(moduleRequest.value)),
  ].map(({ importName }) => importName.name ?? '*');
  for (const { moduleRequest } of dynamicImports) {
    if (isOfFiles(text.slice(moduleRequest.start + 1, moduleRequest.end - 1))) names.push('*');
  }
  used.set(file, new Set(names.filter((name) => !HARMLESS.has(name))));
  const [allowed = []] = ALLOWED[file] ?? [];
  for (const name of used.get(file) ?? []) {
    if (allowed.includes(name)) continue;
    faults.push(
      `${file}: \`${name}\` opens files: use files/openRunFile.ts or files/writeRunFile.ts, or say in tools/checkOpens.ts why not`,
    );
  }
}

for (const [file, [names]] of Object.entries(ALLOWED)) {
  const left = names.filter((name) => !used.get(file)?.has(name));
  if (left.length > 0) faults.push(`tools/checkOpens.ts: ${file} does not use ${left.join(', ')} any more`);
}

if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`Checked ${used.size} files: what runs write is opened in one way.`);
}

function isOfFiles(module: string): boolean {
  return /^(?:node:)?fs(?:\/promises)?$/.test(module) || module.endsWith('/files/systemCalls.ts');
}
