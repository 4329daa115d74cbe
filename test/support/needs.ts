import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, type TestContext } from 'vitest';
import { canBeReadByOthers, canFix, canMakeDevices, canMount, isRoot } from './privileges.ts';

/** Something beyond npm that a suite needs, and the command that provides it. */
export type Need = { readonly present: boolean; readonly command: string };

const cache = process.env['EVALD_CACHE'] || join(homedir(), '.cache', 'evald');
const setups = join(import.meta.dirname, '../../scripts/setup');

/**
 * Whether a setup has been made and tried by the scripts and the lock file of this checkout. Its marker has their hashes,
 * as sha256sum writes them; one that is half made has none, and one of another checkout does not fit.
 */
export function isSetUp(name: string, folder = join(cache, name)): boolean {
  try {
    const lines = readFileSync(join(folder, 'ready'), 'utf8').trimEnd().split('\n');
    const files = lines.map((line) => ({ hash: line.slice(0, 64), file: line.slice(66) }));
    const isWhole = files.some(({ file }) => file === `${name}.sh`);
    return isWhole && files.every(({ hash, file }) => hash === sha256(readFileSync(join(setups, file))));
  } catch {
    return false;
  }
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether all of these are found as a test finds them, daemons among them. */
function areOnPath(programs: string[]): boolean {
  const folders = [...(process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter), '/usr/sbin', '/sbin'];
  return programs.every((program) => folders.some((folder) => isProgram(join(folder, program))));
}

/** A virtual environment that has a program. */
function venv(name: string, program: string): Need {
  return { present: isSetUp(name) && isProgram(program), command: `npm run setup:${name}` };
}

/** The Python of the virtual environment that `npm run setup:lmms-eval` makes. */
export const lmmsEvalPython = join(cache, 'lmms-eval', 'bin', 'python');

export const lmmsEval = venv('lmms-eval', lmmsEvalPython);

/** The Python of the virtual environment that `npm run setup:lm-eval` makes. */
export const lmEvalPython = join(cache, 'lm-eval', 'bin', 'python');

export const lmEval = venv('lm-eval', lmEvalPython);

/** The Python of the virtual environment that `npm run setup:inspect` makes. */
export const inspectPython = join(cache, 'inspect', 'bin', 'python');

export const inspect = venv('inspect', inspectPython);

/** The Python of the virtual environment that `npm run setup:scipy` makes. */
export const scipyPython = join(cache, 'scipy', 'bin', 'python');

export const scipy = venv('scipy', scipyPython);

/** The virtual environment that `npm run setup:ray` makes. */
export const rayVenv = join(cache, 'ray');

export const ray = venv('ray', join(rayVenv, 'bin', 'ray'));

/** Tries an interface by its own description. */
export const schemathesisProgram = join(cache, 'schemathesis', 'bin', 'schemathesis');

export const schemathesis = venv('schemathesis', schemathesisProgram);

/** The Python of the virtual environment that `npm run setup:forward` makes: W&B, MLflow, TensorBoard. */
export const forwardPython = join(cache, 'forward', 'bin', 'python');

export const forward = venv('forward', forwardPython);

/** The Python of the virtual environment that `npm run setup:python-client` makes: pytest, transformers, Lightning, pandas. */
export const pythonClientPython = join(cache, 'python-client', 'bin', 'python');

/** It has torch and transformers from that of lmms-eval. */
export const pythonClient: Need = {
  present: lmmsEval.present && venv('python-client', pythonClientPython).present,
  command: 'npm run setup:python-client',
};

/** Where `npm run setup:peers` installs BullMQ and pg-boss. */
export const peersHome = join(cache, 'peers');

/** The newest PostgreSQL of Debian's packages, which keep its programs off the PATH; undefined where there is none. */
export const postgresBin = globSync('/usr/lib/postgresql/*/bin')
  .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  .at(-1);

/** Redis with BullMQ and PostgreSQL with pg-boss, which the benchmark starts beside evald. */
export const peers: Need = {
  present: isSetUp('peers') && areOnPath(['redis-server', 'redis-cli']) && postgresBin !== undefined,
  command: 'npm run setup:peers',
};

/** Debian's nginx, which a test starts for itself. */
export const nginxProgram = '/usr/sbin/nginx';

export const nginx: Need = { present: isSetUp('nginx') && isProgram(nginxProgram), command: 'npm run setup:nginx' };

/** Debian's Chromium. */
export const chromiumPath = '/usr/bin/chromium';

export const chromium: Need = {
  present: isSetUp('chromium') && isProgram(chromiumPath),
  command: 'npm run setup:chromium',
};

/** Shows a program another time than the machine's. */
export const faketimeLibrary = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;

export const faketime: Need = {
  present: isSetUp('faketime') && existsSync(faketimeLibrary),
  command: 'npm run setup:faketime',
};

/** Checks what Prometheus reads. */
export const promtool: Need = {
  present: isSetUp('promtool') && areOnPath(['promtool']),
  command: 'npm run setup:promtool',
};

/** Reads units, and sends what a service says of itself. */
export const systemd: Need = {
  present: areOnPath(['systemd-analyze', 'systemd-notify']),
  command: 'apt-get install systemd',
};

/** Makes certificates. */
export const opensslPath = '/usr/bin/openssl';

export const openssl: Need = { present: isProgram(opensslPath), command: 'apt-get install openssl' };

/** Asks as a shell script does. */
export const curl: Need = { present: areOnPath(['curl']), command: 'apt-get install curl' };

/** Reads JSON in a shell script. */
export const jq: Need = { present: areOnPath(['jq']), command: 'apt-get install jq' };

/** Opens terminals. */
export const terminals: Need = { present: areOnPath(['script']), command: 'apt-get install bsdutils' };

/** Terminals of a size, and shells that complete. */
export const shellsAndTmux: Need = {
  present: isSetUp('terminal') && areOnPath(['tmux', 'bash', 'zsh', 'fish']),
  command: 'npm run setup:terminal',
};

/** Starts a program as process 1 of its own: that takes root, and a machine that allows it. */
export const ownPids: Need = {
  get present() {
    return spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;
  },
  command: 'npm test as root, where unshare may make a namespace of pids',
};

/** What the harness and the merger are written in; evald itself needs none. */
export const systemPython: Need = { present: areOnPath(['python3']), command: 'apt-get install python3' };

/** Runs programs of this checkout as another user: that takes root, and a checkout that others can read. */
export const otherUsers: Need = {
  get present() {
    return canBeReadByOthers(54_321, join(import.meta.dirname, '../../src/evald.ts'));
  },
  command: 'npm test as root, in a folder that others can read',
};

/** A user to whom modes apply: any but root, which runs programs of this checkout as another one. */
export const modes: Need = {
  get present() {
    return !isRoot || otherUsers.present;
  },
  command: 'npm test in a folder that others can read',
};

/** A filesystem of a few megabytes, to be filled: mounting one takes root, and a machine that allows it. */
export const smallFilesystem: Need = {
  get present() {
    return canMount();
  },
  command: 'npm test as root, where it may mount',
};

/** A filesystem that hangs, mounted by a test. */
export const hangingFilesystem: Need = {
  get present() {
    return existsSync('/dev/fuse') && systemPython.present && canMount();
  },
  command: 'npm test as root, where it may mount and there is /dev/fuse',
};

/** Devices, made by a test. */
export const devices: Need = {
  get present() {
    return canMakeDevices();
  },
  command: 'npm test as root, where it may make devices',
};

/** A file that not even root can write or delete. */
export const fixedFiles: Need = {
  get present() {
    return canFix();
  },
  command: 'npm test as root, where chattr may fix a file',
};

const slurmPrograms = ['slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo', 'munged', 'mknod'];

/** Slurm's daemons and munge, which a test starts for itself; their owner is root. */
export const slurm: Need = {
  present: isSetUp('slurm') && areOnPath(slurmPrograms) && isRoot,
  command: 'npm run setup:slurm, and npm test as root',
};

/** The same with slurmdbd and its database: a cluster that has accounts, limits and QOS. */
export const slurmdbd: Need = {
  present: slurm.present && isSetUp('slurmdbd') && areOnPath(['slurmdbd', 'mariadbd', 'sacctmgr', 'sacct']),
  command: 'npm run setup:slurmdbd, and npm test as root',
};

/** Several of them. */
export function allOf(...needs: Need[]): Need {
  const missing = needs.filter(({ present }) => !present);
  return { present: missing.length === 0, command: (missing[0] ?? needs[0])?.command ?? '' };
}

/** A suite that runs where its need is met, and is counted and listed as skipped elsewhere. */
export function describeWith(need: Need, name: string, suite: () => void): void {
  describe.skipIf(!need.present)(`${name} (needs ${need.command})`, suite);
}

/** Skips a test where its need is not met: in a hook all tests of a file. */
export function skipWithout(need: Need, { skip }: Pick<TestContext, 'skip'>): void {
  skip(!need.present, `(needs ${need.command})`);
}
