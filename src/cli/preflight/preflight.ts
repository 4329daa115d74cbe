import { makeHarnesses } from '../../composition/openHarnesses.ts';
import type { Config } from '../../config/options.ts';
import { errorMessage } from '../../errors.ts';
import type { Backend } from '../../runner/backends/backend.ts';
import { createBackend } from '../../runner/backends/createBackend.ts';
import { createSlurmCommands } from '../../runner/backends/slurm/command.ts';
import { passedEnvironment, runEnvironment } from '../../runner/environment.ts';
import type { NamedCommand } from '../../runner/harnesses/command/readCommandFile.ts';
import { defaultHarness } from '../../runner/harnesses/registry.ts';
import { runReader } from '../../runner/results/reader/runReader.ts';
import { type Check, fault, ok, warning } from '../doctor/check.ts';
import { nodeRunChecks } from './nodeRun.ts';
import {
  accessChecks,
  deviceChecks,
  diskChecks,
  faultFrom,
  portChecks,
  secretsChecks,
  startChecks,
} from './settings.ts';
import { slurmChecks } from './slurmSetup.ts';

/**
 * Tries everything that a server with these settings needs, beside one that runs too: nothing is left of it, and no journal is opened.
 * On an engine it has one small run done. @param hear gets each check as soon as it is made. @param patience milliseconds for that run.
 */
export async function preflight(config: Config, hear: (check: Check) => void, patience: number): Promise<void> {
  const environment = passedEnvironment(process.env, config['pass-env']);
  const backend = createBackend(config);
  const tell = async (checks: Promise<Check[]>) => (await checks).forEach(hear);
  try {
    await tell(diskChecks(config));
    await tell(accessChecks(config));
    secretsChecks(config).forEach(hear);
    await tell(portChecks(config));
    await tell(deviceChecks(config));
    const { checks, commands } = await startChecks(config, environment);
    checks.forEach(hear);
    await tell(harnessChecks(config, { environment, backend, commands }));
    const engine = await engineChecks(config, backend);
    engine.forEach(hear);
    if (config.backend === 'local' || engine.some(({ state }) => state === 'fault')) return;
    await tell(
      nodeRunChecks({
        backend,
        runsDir: config['runs-dir'] ?? config['data-dir'],
        isShared: config.backend !== 'ray' || config['ray-shared-folder'],
        python: config.python,
        env: runEnvironment(environment, {}),
        patience,
      }),
    );
  } finally {
    backend.close?.();
  }
}

/** What a start has not looked at by itself, in short: it holds up nothing, and starts no run. Never throws. */
export async function setupWarnings(config: Config): Promise<Check[]> {
  const checks = [...(await diskChecks(config)), ...(await engineSetup(config))];
  return checks.filter(({ state }) => state !== 'ok');
}

const engineSetup = async (config: Config): Promise<Check[]> =>
  config.backend === 'slurm' ? slurmChecks(createSlurmCommands(process.env), config['slurm-args']) : [];

/** Whether the engine answers, takes the operator's words, and has what they name. */
async function engineChecks(config: Config, backend: Backend): Promise<Check[]> {
  const { name } = backend;
  if (name === 'local') return [];
  try {
    await backend.probe?.();
  } catch (error) {
    return [...(await engineSetup(config)), faultFrom(name, error, `docs/${name}.md`)];
  }
  const { reachable, reason, nodes } = await backend.describe();
  // By a token: that what answers is the engine is asked without one.
  if (!reachable) return [faultFrom(name, reason, `docs/${name}.md`)];
  const taken = name === 'slurm' ? ', and takes --slurm-args' : ', and lets evald in';
  const says = `it answers${taken}; ${nodes.length} node${nodes.length === 1 ? '' : 's'}`;
  return [reason === null ? ok(name, says) : warning(name, reason, `docs/${name}.md`), ...(await engineSetup(config))];
}

type Parts = { environment: Record<string, string>; backend: Backend; commands: NamedCommand[] };

/** Whether the Python of each harness that is set can import it. */
async function harnessChecks(config: Config, parts: Parts): Promise<Check[]> {
  try {
    const harnesses = await makeHarnesses(config, parts, runReader);
    try {
      const usual = await defaultHarness(config.harness, harnesses);
      const asked = harnesses.filter(({ name }) => name === usual || config['enable-harness'].includes(name));
      const checks = await Promise.all(
        asked.map(async (harness): Promise<Check> => {
          const reason = await harness.whyNot().catch(errorMessage);
          if (reason === null) return ok('harness', await described(harness));
          const remedy = `mend that, or name a Python that has it (--python${harness.name === 'lmms-eval' ? '' : `, --${harness.name}-python`})`;
          return fault('harness', `${harness.name} cannot run: ${reason}`, remedy);
        }),
      );
      if (config.harness !== 'auto' || usual !== 'demo') return checks;
      const reason = await harnesses
        .find(({ name }) => name === 'lmms-eval')
        ?.whyNot()
        .catch(errorMessage);
      const remedy = 'name a Python that has lmms-eval (--python), or the harness (--harness)';
      return [...checks, warning('harness', `auto finds only the demo, which measures nothing: ${reason}`, remedy)];
    } finally {
      for (const harness of harnesses) harness.close();
    }
  } catch (error) {
    return [faultFrom('harness', error, 'see --harness and --enable-harness')];
  }
}

async function described(harness: Awaited<ReturnType<typeof makeHarnesses>>[number]): Promise<string> {
  const version = await harness.version().catch(() => null);
  const by = harness.python === null ? '' : ` by ${harness.python}`;
  return `${harness.name}${version === null ? '' : ` ${version}`}${by} can run`;
}
