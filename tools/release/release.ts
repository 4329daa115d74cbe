import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildArtifacts } from './artifacts.ts';
import { cutRelease } from './changelog.ts';
import { run, shown } from './run.ts';
import { nextVersion, pythonVersionFile, setPythonVersion, steps } from './version.ts';

const USAGE = `npm run release -- [--dry-run | --publish] [--skip-checks] [--no-files] ${steps.join('|')}|X.Y.Z
npm run release -- --build

Makes a release: the commit that gives it its version, the tag, and in dist/release the package, the executable, their
SHA-256 and the notes. Nothing is pushed or published, unless --publish is given.

  --dry-run      makes the files, and neither the commit nor the tag here; prints what would be done
  --publish      pushes the branch and the tag; the workflow that the tag starts publishes
  --skip-checks  where CI has passed on this very commit
  --no-files     makes neither package nor executable: the workflow of the tag does
  --build        makes the files of the version that is checked out, and nothing else: what the workflow does`;

/** What has to pass before a release. What is not run here takes long, and is named. */
const CHECKS: Words[] = [['npm', 'run', '--silent', 'check']];
const LONG_CHECKS = ['.ci/run', 'npm run test:release'];

type Words = [string, ...string[]];

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'dist/release');
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

try {
  main();
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

function main(): void {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    options: {
      ...{ 'dry-run': flag, publish: flag, 'skip-checks': flag, 'no-files': flag, build: flag },
      help: { ...flag, short: 'h' },
    },
    allowPositionals: true,
  });
  const [asked, ...rest] = positionals;
  if (values.help) say(USAGE);
  else if (values.build) build();
  else if (asked === undefined || rest.length > 0 || (values['dry-run'] && values.publish)) {
    throw new Error(`\n${USAGE}`);
  } else {
    const { 'dry-run': isDry, publish: publishes, 'skip-checks': isChecked, 'no-files': isBare } = values;
    release(asked, { isDry, publishes, isChecked, isBare });
  }
}

/** Makes the files of the version that is checked out. */
function build(): void {
  const { version } = packageOf(root);
  const tags = run(root, ['git', 'tag', '--points-at', 'HEAD']).split('\n');
  if (!tags.includes(`v${version}`)) throw new Error(`HEAD is not v${version}, of which package.json is`);
  makeFiles(root, version, false);
}

/** Makes the files of a version, and says what they are. @throws Error when they may not be given to others. */
function makeFiles(checkout: string, version: string, isTrial: boolean): void {
  const { sums, notes, isLicensed, ...files } = buildArtifacts(checkout, version, folder);
  if (!isLicensed) {
    const missing = 'the license of Node is not in node_modules, and has to go with it: npm ci puts it there';
    if (!isTrial) throw new Error(missing);
    say(`Before the release itself: ${missing}`);
  }
  say(`Made in dist/release: ${[...Object.values(files), sums, notes].join(', ')}\n`);
  say(readFileSync(join(folder, sums), 'utf8'));
  say(`Notes:\n\n${readFileSync(join(folder, notes), 'utf8')}`);
}

type How = { isDry: boolean; publishes: boolean; isChecked: boolean; isBare: boolean };

function release(asked: string, { isDry, publishes, isChecked, isBare }: How): void {
  const { version: current, repository } = packageOf(root);
  const version = nextVersion(current, asked);
  const tag = `v${version}`;
  const branch = run(root, ['git', 'branch', '--show-current']);
  if (branch === '') throw new Error('no branch is checked out');
  if (run(root, ['git', 'status', '--porcelain']) !== '') throw new Error('there are changes that are not committed');
  if (run(root, ['git', 'tag', '--list', tag]) !== '') throw new Error(`${tag} is there already`);
  if (publishes && repository === undefined) {
    throw new Error('package.json has no "repository": npm publishes with provenance only what names where it is from');
  }
  for (const check of isChecked ? [] : CHECKS) {
    say(`Checking: ${shown(check)}`);
    run(root, check);
  }
  const notRun = [...(isChecked ? CHECKS.map(shown) : []), ...LONG_CHECKS].join(', ');
  say(`Not run here, and to have passed on ${run(root, ['git', 'rev-parse', '--short', 'HEAD'])}: ${notRun}\n`);

  const commit: Words = ['git', 'commit', '--quiet', '--all', '--message', `Release ${version}`];
  const tagging: Words = ['git', 'tag', '--annotate', tag, '--message', `evald ${version}`];
  const push: Words = ['git', 'push', '--atomic', 'origin', branch, tag];
  const here = [commit, tagging].map(shown);
  const there = [shown(push), `and the workflow of the tag: npm publish dist/release/evald-${version}.tgz`];
  // In a clone: what is built is what the tag has, and this checkout stays as it is until all has succeeded.
  const work = mkdtempSync(join(tmpdir(), 'evald-release-'));
  try {
    const clone = join(work, 'evald');
    run(work, ['git', 'clone', '--quiet', '--branch', branch, root, clone]);
    for (const name of ['user.name', 'user.email']) {
      run(clone, ['git', 'config', name, run(root, ['git', 'config', name])]);
    }
    symlinkSync(realpathSync(join(root, 'node_modules')), join(clone, 'node_modules'));
    setVersion(clone, version);
    run(clone, commit);
    run(clone, tagging);
    if (!isBare) makeFiles(clone, version, isDry);
    if (isDry) {
      say(['Would run:', ...here, ...there].join('\n'));
      return;
    }
    run(root, ['git', 'pull', '--quiet', '--ff-only', clone, branch]);
    run(root, ['git', 'fetch', '--quiet', clone, 'tag', tag]);
    if (publishes) run(root, push);
    say(['Has run:', ...here, ...(publishes ? [] : ['\nTo publish:']), ...there].join('\n'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function packageOf(checkout: string): { version: string; repository?: unknown } {
  return JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
}

/** Writes a version wherever it stands, and what is new under it. */
function setVersion(checkout: string, version: string): void {
  run(checkout, ['npm', 'version', version, '--no-git-tag-version', '--ignore-scripts', '--silent']);
  const python = pythonVersionFile(checkout);
  if (python !== null) setPythonVersion(python, version);
  const changes = join(checkout, 'CHANGELOG.md');
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(changes, cutRelease(readFileSync(changes, 'utf8'), version, today));
}
