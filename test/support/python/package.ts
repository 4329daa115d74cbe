import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { pythonClientPython } from '../needs.ts';
import { startServer } from '../server/server.ts';

/** The Python package in this checkout. */
export const packageFolder = join(import.meta.dirname, '../../../python');

/** Milliseconds for a program that hangs. */
const PATIENCE = 600_000;
const TOKEN = 'the-secret-of-the-tests';

/** Runs a module of Python in the package. @returns its exit code, and what it says. */
export function runModule(words: readonly string[], env: Record<string, string> = {}) {
  const own = { PYTHONDONTWRITEBYTECODE: '1', HF_HUB_OFFLINE: '1', ...env };
  return new Promise<{ code: number | string; said: string }>((resolve) => {
    execFile(
      pythonClientPython,
      ['-m', ...words],
      { cwd: packageFolder, env: { ...process.env, ...own }, timeout: PATIENCE, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => resolve({ code: error?.code ?? error?.signal ?? 0, said: stdout + stderr }),
    );
  });
}

/** Has pytest run some of the package's tests against a real server of the demo's harness, which asks for a token. */
export async function expectToPass(files: readonly string[]): Promise<void> {
  const server = await startServer({ flags: ['--slots', '4'], env: { EVALD_TOKEN: TOKEN } });
  try {
    const env = { TEST_EVALD: server.url, TEST_EVALD_TOKEN: TOKEN };
    const { code, said } = await runModule(['pytest', '-q', '-rfE', '--tb=short', ...files], env);
    expect(code, said).toBe(0);
    // A file without a test is no file that passes.
    expect(said).toMatch(/\d+ passed/);
  } finally {
    await server.stop();
  }
}
