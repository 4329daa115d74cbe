import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a release may be, beside a version that is written out. */
export const steps = ['major', 'minor', 'patch'] as const;

const VERSION = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/;

function numbersOf(version: string): [number, number, number] {
  const [, ...numbers] = VERSION.exec(version) ?? [];
  const [major, minor, patch] = numbers.map(Number);
  if (major === undefined || minor === undefined || patch === undefined) {
    throw new Error(`${version} is no version: patch, minor, major, or three numbers as 1.4.0`);
  }
  return [major, minor, patch];
}

/** The version of a release. @param asked a step, or the version itself. @throws Error when that is none, or no later one. */
export function nextVersion(current: string, asked: string): string {
  const [major, minor, patch] = numbersOf(current);
  if (asked === 'major') return `${major + 1}.0.0`;
  if (asked === 'minor') return `${major}.${minor + 1}.0`;
  if (asked === 'patch') return `${major}.${minor}.${patch + 1}`;
  const numbers = numbersOf(asked);
  const first = [major, minor, patch].findIndex((number, index) => number !== numbers[index]);
  if (first === -1 || Number(numbers[first]) < Number([major, minor, patch][first])) {
    throw new Error(`${asked} does not come after ${current}`);
  }
  return asked;
}

/** Where the Python package has its version: the file that its pyproject.toml names. Null where there is no such package. */
export function pythonVersionFile(root: string): string | null {
  const project = join(root, 'python/pyproject.toml');
  if (!existsSync(project)) return null;
  const [, path] = /^\[tool\.hatch\.version\]\s+path = "([^"]+)"$/m.exec(readFileSync(project, 'utf8')) ?? [];
  if (path === undefined) throw new Error(`${project} does not say by [tool.hatch.version] which file has the version`);
  return join(root, 'python', path);
}

const ASSIGNED = /^(__version__|VERSION|version)( ?= ?)"([^"]*)"$/m;

/** The version of the Python package, of the file that has it. @throws Error when it has none. */
export function pythonVersion(file: string): string {
  const [, , , version] = ASSIGNED.exec(readFileSync(file, 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${file} has no line as __version__ = "1.4.0"`);
  return version;
}

/** Gives the Python package another version. */
export function setPythonVersion(file: string, version: string): void {
  pythonVersion(file);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(ASSIGNED, (_, name, sign) => `${name}${sign}"${version}"`),
  );
}
