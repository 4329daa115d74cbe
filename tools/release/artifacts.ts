import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notesOf } from './changelog.ts';
import { run } from './run.ts';

/** The files of a release, and whether the text of every license is among them. */
export type Artifacts = { archive: string; binary: string; sums: string; notes: string; isLicensed: boolean };

/**
 * Makes the files of a release out of a checkout that is at its commit: the package, the executable with its licenses, their SHA-256,
 * and the notes. What the folder had before is gone.
 * @param root of the checkout, with its packages installed. @param folder where they are put.
 */
export function buildArtifacts(root: string, version: string, folder: string): Artifacts {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // Vite builds another page where tests run.
  const env = { ...process.env, NODE_ENV: 'production' };
  run(root, ['npm', 'pack', '--silent', '--pack-destination', folder], env);
  const archive = `evald-${version}.tgz`;

  const name = `evald-${version}-${process.platform}-${process.arch}`;
  const inside = join(folder, name);
  run(root, [process.execPath, 'tools/binary/build.ts', inside], env);
  for (const file of ['LICENSE', 'CHANGELOG.md']) copyFileSync(join(root, file), join(inside, file));
  const licenses = join(inside, 'THIRD-PARTY-LICENSES');
  renameSync(join(inside, 'LICENSES'), licenses);
  const isLicensed = !/^Node\.js \S+\n\nhttps:/.test(readFileSync(licenses, 'utf8'));
  const binary = `${name}.tar.gz`;
  // The same files make the same archive, whenever and by whom it is made.
  const date = run(root, ['git', 'log', '-1', '--format=%cI']);
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=${date}`];
  run(folder, ['tar', ...same, '-czf', binary, name]);
  rmSync(inside, { recursive: true });

  const notes = 'NOTES.md';
  writeFileSync(join(folder, notes), notesOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version));
  const sums = 'SHA256SUMS';
  const lines = readdirSync(folder)
    .filter((file) => file !== notes)
    .sort()
    .map(
      (file) =>
        `${createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('hex')}  ${file}\n`,
    );
  writeFileSync(join(folder, sums), lines.join(''));
  return { archive, binary, sums, notes, isLicensed };
}
