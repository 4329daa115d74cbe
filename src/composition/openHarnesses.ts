import type { Config } from '../config/options.ts';
import { ConfigError } from '../config/readConfig.ts';
import type { Log } from '../logging/log.ts';
import type { Harness } from '../runner/harnesses/contract.ts';
import type { HarnessSettings } from '../runner/harnesses/definition.ts';
import { harnessList } from '../runner/harnesses/list.ts';
import { createHarnessRegistry, defaultHarness, type HarnessRegistry } from '../runner/harnesses/registry.ts';
import type { RunReader } from '../runner/results/reader/runReader.ts';
import type { Stores } from './openStores.ts';
import type { Checked } from './startChecks.ts';
import { keepHarness } from './startupChecks.ts';

export type HarnessParts = {
  config: Config;
  log: Log;
  checked: Checked;
  stores: Stores;
  /** What reads the output of runs. */
  reader: RunReader;
  closing: AbortSignal;
};

/**
 * Binds every harness to what the operator has set, and chooses the one for submissions that name none.
 * @throws ConfigError when there is none of a name that was set; Error when `auto` finds another one than jobs wait for.
 */
export async function openHarnesses(parts: HarnessParts): Promise<HarnessRegistry> {
  const { config, log, checked, stores, reader, closing } = parts;
  const harnesses = await makeHarnesses(config, checked, reader);
  const usual = await defaultHarness(config.harness, harnesses);
  const unnamed = await keepHarness(config, stores.journal, usual);
  const registry = createHarnessRegistry({
    ...{ harnesses, usual, unnamed, enabled: config['enable-harness'] },
    catalogs: {
      now: stores.clock.monotonic,
      logError: (message, error) => log.error(`${message}: ${error}`),
      signal: closing,
    },
  });
  closing.addEventListener('abort', registry.close, { once: true });
  return registry;
}

/**
 * Binds every harness to what the operator has set. Starts none.
 * @throws ConfigError when there is none of a name that was set.
 */
export async function makeHarnesses(
  config: Config,
  { environment, backend, commands }: Pick<Checked, 'environment' | 'backend' | 'commands'>,
  reader: RunReader,
): Promise<Harness[]> {
  const settingsOf = (name: string): HarnessSettings => ({
    ...{ name, environment, reader, ...ofHarness(name, config) },
    commands,
    ...(backend.warm && { ask: backend.warm.ask }),
    answerLimits: { failed: config['max-failed-answers'], empty: config['max-empty-answers'] },
  });
  const made = await Promise.all(harnessList.map(({ name, create }) => create(settingsOf(name))));
  const harnesses: Harness[] = made.flat();
  const names = harnesses.map(({ name }) => name);
  expectKnown('harness', [config.harness], ['auto', ...names]);
  expectKnown('enable-harness', config['enable-harness'], names);
  return harnesses;
}

/** @throws ConfigError */
function expectKnown(option: string, named: readonly string[], known: readonly string[]): void {
  const unknown = named.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new ConfigError(`--${option} must be one of ${known.join(', ')}, not ${JSON.stringify(unknown)}`);
}

/** The Python of a harness, and what is added to its commands: its own where the operator has set them. */
function ofHarness(name: string, config: Config): Pick<HarnessSettings, 'python' | 'extraArgs'> {
  const { python, 'extra-args': extraArgs } = config;
  switch (name) {
    case 'lm-eval':
      return { python: config['lm-eval-python'] ?? python, extraArgs: config['lm-eval-extra-args'] };
    case 'inspect':
      return { python: config['inspect-python'] ?? python, extraArgs: config['inspect-extra-args'] };
    default:
      return { python, extraArgs };
  }
}
