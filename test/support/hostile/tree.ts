import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, chown, link, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The id of a user without privileges. */
const UNPRIVILEGED = 65_534;
const isRoot = process.getuid?.() === 0;

const deepen = `
  const { mkdirSync, writeFileSync } = require('node:fs');
  const [root, levels, length, text] = process.argv.slice(1);
  process.chdir(root);
  for (let level = 0; level < Number(levels); level++) {
    mkdirSync('d'.repeat(Number(length)));
    process.chdir('d'.repeat(Number(length)));
  }
  writeFileSync('bottom', text);`;

const read = `
  process.chdir(process.argv[1]);
  for (let level = 0; level < Number(process.argv[2]); level++) process.chdir('d'.repeat(Number(process.argv[3])));
  process.stdout.write(require('node:fs').readFileSync('bottom'));`;

/** Makes folders in one another, by relative names: no path leads to the last one, in which a file is. */
export function makeDeep(root: string, levels: number, length: number, text: string): void {
  execFileSync(process.execPath, ['-e', deepen, root, String(levels), String(length), text]);
}

/** What that file has. */
export function readDeep(root: string, levels: number, length: number): string {
  return execFileSync(process.execPath, ['-e', read, root, String(levels), String(length)], { encoding: 'utf8' });
}

/** A name that is no text. */
export const oddName = (folder: string): Buffer =>
  Buffer.concat([Buffer.from(`${folder}/odd-`), Buffer.of(0xff, 0xfe)]);

/** Makes of all that a run can make: names, modes, links, pipes, holes. Each file has the text. */
export async function makeHostile(root: string, text: string): Promise<void> {
  await writeFile(join(root, 'plain'), text);
  await writeFile(join(root, 'new\nline'), text);
  await writeFile(oddName(root), text);
  await mkdir(join(root, 'closed', 'inner'), { recursive: true });
  await writeFile(join(root, 'closed', 'inner', 'file'), text);
  await writeFile(join(root, 'unreadable'), text);
  await writeFile(join(root, 'unwritable'), text);
  await writeFile(join(root, 'holes'), text);
  await truncate(join(root, 'holes'), 64 * 1024 * 1024);
  await symlink('/etc', join(root, 'link'));
  await symlink('nowhere', join(root, 'dangling'));
  await link(join(root, 'plain'), join(root, 'twin'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  await chmod(join(root, 'unreadable'), 0);
  await chmod(join(root, 'unwritable'), 0o444);
  await chmod(join(root, 'closed', 'inner'), 0o555);
  await chmod(join(root, 'closed'), 0);
}

/** Runs a module of ours as a user to whom modes apply, with access to a folder that it is given. */
export async function asUnprivileged(folder: string, script: string): Promise<{ output: string; error: string }> {
  if (isRoot) {
    execFileSync('chown', ['-R', '-h', `${UNPRIVILEGED}:${UNPRIVILEGED}`, folder]);
    await chown(folder, UNPRIVILEGED, UNPRIVILEGED);
  }
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: '/',
    env: { NODE_DISABLE_COMPILE_CACHE: '1' },
    ...(isRoot && { uid: UNPRIVILEGED, gid: UNPRIVILEGED }),
  });
  return { output: stdout, error: stderr };
}
