import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../files/removeFolder.ts';
import { fixture } from '../runs/localRun.ts';
import { startServer, type TestServer } from '../server/server.ts';

/** What a run of the stand-in writes. */
export type Written = {
  /** `results` of the results file: task → `metric,filter` → number. */
  results: { [task: string]: { [key: string]: unknown } };
  /** Lines of the samples files: an object, or a line as it is. */
  samples?: { [task: string]: readonly (object | string)[] };
  /** Files of the run besides, in base64, by their paths. */
  files?: { [path: string]: string };
  /** What else the results file has. */
  more?: object;
  exit?: number;
};

/** A server whose runs write what the test says. */
export async function startWrittenServer(flags: string[] = []): Promise<
  TestServer & {
    /** What the next runs write. */
    write(written: Written): Promise<void>;
  }
> {
  const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  const file = join(folder, 'written.json');
  await writeFile(file, JSON.stringify({ results: {} }));
  const server = await startServer({
    harness: 'lmms-eval',
    flags: [
      ...['--python', fixture('written-lmms-eval.mjs'), '--check-names', 'off'],
      ...['--max-failed-answers', '100%', '--max-empty-answers', '100%', ...flags],
    ],
    env: { TEST_WRITTEN: file },
  });
  return {
    ...server,
    write: (written) => writeFile(file, JSON.stringify(written)),
    stop: async () => {
      const code = await server.stop();
      await removeFolder(folder);
      return code;
    },
  };
}
