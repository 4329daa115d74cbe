import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../../waiting/eventually.ts';
import { createDaemon, type Daemon } from './daemon.ts';

/**
 * slurmdbd and its MariaDB. The database has no accounts of its own and no port: its socket is in a folder that only its user may
 * enter.
 */
export type Accounting = {
  slurmdbd: Daemon;
  /** Both, in the order in which they end. */
  daemons: readonly Daemon[];
  /** Starts both, and waits until slurmdbd answers and knows the cluster. Before the controller is started. */
  start(): Promise<void>;
};

/** What slurm.conf says of a cluster that asks slurmdbd: limits hold, and a QOS says which jobs go before which. */
export function accountingLines(folder: string, port: number): string {
  return [
    'AccountingStorageType=accounting_storage/slurmdbd',
    'AccountingStorageHost=127.0.0.1',
    `AccountingStoragePort=${port}`,
    // What AuthInfo says is not for slurmdbd.
    `AccountingStoragePass=socket=${join(folder, 'munge', 'socket')}`,
    'AccountingStorageEnforce=associations,limits,qos',
    // What a limit may count beside processors and memory.
    'AccountingStorageTRES=gres/gpu',
    'PreemptType=preempt/qos',
    // Needed for any; each QOS has its own.
    'PreemptMode=REQUEUE',
    '',
  ].join('\n');
}

/** Writes what slurmdbd needs into the folder of a cluster. @param host this machine's own name. */
export async function writeAccounting(folder: string, host: string, port: number): Promise<void> {
  await mkdir(databaseOf(folder), { mode: 0o700 });
  const file = join(folder, 'slurmdbd.conf');
  const lines = [
    ...['AuthType=auth/munge', `AuthInfo=socket=${join(folder, 'munge', 'socket')}`],
    ...[`DbdHost=${host}`, 'DbdAddr=127.0.0.1', `DbdPort=${port}`, 'SlurmUser=root'],
    'CommunicationParameters=NoInAddrAny',
    `PidFile=${join(folder, 'run', 'slurmdbd.pid')}`,
    // By the socket in MYSQL_UNIX_PORT.
    ...['StorageType=accounting_storage/mysql', 'StorageHost=localhost', 'StorageUser=root', 'StorageLoc=slurm'],
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  // It refuses one that others can read.
  await chmod(file, 0o600);
}

/** Debian's: the database's own tables, without which it has no procedures, and slurmdbd no limits of accounts. */
const TABLES = '/usr/share/mysql/mysql_system_tables.sql';
/** It writes to disk when it likes, for it does not outlive its tests. */
const SMALL = ['--skip-log-bin', '--performance-schema=off', '--innodb-buffer-pool-size=16M'].concat(
  ...['--innodb-log-file-size=8M', '--innodb-flush-log-at-trx-commit=0', '--innodb-fast-shutdown=2'],
);

/**
 * @param env of the cluster's daemons. @param command runs one of Slurm's commands.
 * @param cluster its `ClusterName`.
 */
export function createAccounting(
  folder: string,
  env: Record<string, string>,
  command: (program: string, ...args: string[]) => Promise<string>,
  cluster: string,
): Accounting {
  const home = databaseOf(folder);
  const socket = join(home, 'socket');
  const log = (name: string) => join(folder, 'log', `${name}.log`);
  const base = ['--no-defaults', '--user=root', `--datadir=${home}`, ...SMALL];
  const served = [`--socket=${socket}`, `--pid-file=${join(home, 'pid')}`, '--skip-networking', '--skip-grant-tables'];
  const database = createDaemon(['mariadbd', ...base, ...served], env, log('mariadbd'));
  const slurmdbd = createDaemon(['slurmdbd', '-D'], { ...env, MYSQL_UNIX_PORT: socket }, log('slurmdbd'));
  return {
    slurmdbd,
    daemons: [slurmdbd, database],
    async start() {
      const tables = join(home, 'tables.sql');
      await writeFile(tables, `CREATE DATABASE mysql;\nUSE mysql;\n${await readFile(TABLES, 'utf8')}`);
      const making = ['-c', 'exec mariadbd "$@" --bootstrap <"$0"', tables, ...base];
      await promisify(execFile)('sh', making, { env });
      await database.start();
      await eventually(async () => (await readdir(home)).includes('socket'));
      await slurmdbd.start();
      await eventually(() =>
        command('sacctmgr', '--immediate', 'add', 'cluster', cluster).then(
          () => true,
          () => false,
        ),
      );
    },
  };
}

const databaseOf = (folder: string): string => join(folder, 'database');
