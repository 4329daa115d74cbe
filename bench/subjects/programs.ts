import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Programs that stand in for lmms-eval. evald asks them for a version too (`-c`), which they do not have. */
export type Programs = {
  /** Sleeps until it is ended: what runs while the queue is measured. */
  sleeper: string;
  /** Notes the time and ends. */
  empty: string;
  /** Starts the interpreter that lmms-eval is written for, and ends. */
  interpreter: string;
  /** Notes the time and writes it to its log, again and again. */
  writer: string;
  /** Where `empty` notes the times, one a line, in seconds since 1970. */
  stamps: string;
};

/** Writes the programs into a folder. @param lines so often the writer writes. */
export async function writePrograms(folder: string, lines: number): Promise<Programs> {
  const stamps = join(folder, 'stamps');
  const python = ['/usr/bin/python3', '/usr/local/bin/python3'].find((path) => existsSync(path)) ?? 'python3';
  const write = async (name: string, work: string) => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/bash\n[ "$1" = -c ] && exit 1\n${work}\n`);
    await chmod(path, 0o755);
    return path;
  };
  const pause = 'read -rt 0.0$((RANDOM % 90 + 10)) <> <(:)';
  return {
    stamps,
    sleeper: await write('sleeper', 'exec sleep 3600'),
    empty: await write('empty', `echo "$EPOCHREALTIME" >>'${stamps}'`),
    interpreter: await write('interpreter', `exec ${python} -I -S -c pass`),
    writer: await write('writer', `sleep 1\nfor i in {1..${lines}}; do echo "at $EPOCHREALTIME"; ${pause}; done`),
  };
}
