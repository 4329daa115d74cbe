import type { Client } from '../../client/client.ts';
import { ClientError } from '../../client/errors.ts';
import { version } from '../../version.ts';
import { type Check, fault, ok, unknown, warning } from './check.ts';
import { type Asked, healthChecks, SLOW } from './healthChecks.ts';
import { folderChecks, gpuCheck } from './machine.ts';

export type Examined = {
  client: Pick<Client, 'health' | 'tasks'>;
  /** Where the server answers. */
  url: string;
  /** The data folder to look at, on this machine; null: the server is another machine's. */
  folder: string | null;
  signal: AbortSignal;
};

/** Milliseconds that a harness may take to say which tasks it knows: it is started for that. */
const HARNESS = 120_000;
const ANSWER = 10_000;

/** Looks at a server, and at this machine where it is the server's. @throws ClientError `interrupted`. */
export async function examine({ client, url, folder, signal }: Examined): Promise<Check[]> {
  const local = folder === null ? [] : await folderChecks(folder);
  let asked: Omit<Asked, 'url'>;
  try {
    asked = await askTwice(client, signal);
  } catch (error) {
    return [serverFault(error), ...local];
  }
  const { health } = asked;
  const checks = healthChecks({ ...asked, url }, version);
  if (!checks.some(({ name }) => name === 'GPUs') && health.engine.reachable) {
    checks.push(folder === null ? gpusElsewhere : await gpuCheck());
  }
  checks.splice(2, 0, await harnessCheck(client, health.harness, signal));
  return [...checks, ...(folder === null ? [folderElsewhere] : local)];
}

/** Asks how a server is, and once more when it was slow: it may have been held up for a moment. @throws ClientError */
async function askTwice(client: Pick<Client, 'health'>, signal: AbortSignal): Promise<Omit<Asked, 'url'>> {
  const ask = async () => {
    const sentAt = Date.now();
    const health = await client.health({ signal, timeout: ANSWER });
    return { health, sentAt, receivedAt: Date.now() };
  };
  const first = await ask().catch((error: unknown) => {
    if (error instanceof ClientError && error.code === 'timedOut') return null;
    throw error;
  });
  return first !== null && first.receivedAt - first.sentAt < SLOW ? first : ask();
}

const gpusElsewhere = unknown('GPUs', 'the server does not say', "evald doctor, on the server's machine");
const folderElsewhere = unknown('data folder', "it is on the server's machine", 'evald doctor --data-dir DIR, there');

function serverFault(error: unknown): Check {
  if (!(error instanceof ClientError) || error.code === 'interrupted') throw error;
  const remedies: { [code in ClientError['code']]?: string } = {
    unauthorized: 'evald login, or EVALD_TOKEN',
    forbidden: 'evald login with a token of another role (evald token create)',
    notEvald: 'is it the right address? --server, EVALD_SERVER, evald config',
    timedOut: 'is the machine of the server overloaded, or a firewall in between?',
  };
  return fault(
    'server',
    error.message,
    remedies[error.code] ?? 'evald serve starts one here; --server, EVALD_SERVER and evald login name another',
  );
}

/** Has the harness say which tasks it knows: for that it is started, as it is for a run. */
async function harnessCheck(client: Examined['client'], name: string, signal: AbortSignal): Promise<Check> {
  try {
    const { tasks } = await client.tasks({ signal, timeout: HARNESS });
    return ok('harness', `${name} runs, and knows ${tasks.length} tasks`);
  } catch (error) {
    if (!(error instanceof ClientError) || error.code === 'interrupted') throw error;
    if (error.code === 'forbidden')
      return unknown('harness', `${name}: ${error.message}`, 'evald login with a token of another role');
    const remedy = 'the Python of the server: evald serve --python PYTHON, one that has the harness';
    return error.code === 'timedOut'
      ? warning('harness', `${name} did not answer within ${HARNESS / 1_000} s`, remedy)
      : fault('harness', `${name} does not run: ${error.message}`, remedy);
  }
}
