import { errorMessage } from '../../errors.ts';
import { UnfitError } from '../../schemas/errors/errors.ts';
import type { Harnesses, HarnessInfo } from '../../schemas/harness/harnesses.ts';
import { type Catalog, type CatalogOptions, createCatalog } from './catalog.ts';
import type { Harness } from './contract.ts';

export type RegistrySettings = {
  /** Every harness that is known. */
  harnesses: readonly Harness[];
  /** Name of the one that a submission gets which names none. */
  usual: string;
  /** Name of the one that jobs have which name none, as those of earlier versions: theirs then; the usual one unless said. */
  unnamed?: string;
  /** Names of those that submissions may name beside it; empty: all that can start. */
  enabled: readonly string[];
  /** What the catalogs of all have in common. */
  catalogs: Omit<CatalogOptions, 'list' | 'tasksChangedAt'>;
};

/** The harnesses of a server. */
export type HarnessRegistry = {
  /** The one that a submission gets which names none. */
  readonly usual: Harness;
  /** Name of the one that jobs have which name none. There may be none of it any more. */
  readonly unnamed: string;
  /** Every one that is known, the usual one first. */
  readonly all: readonly Harness[];
  /** The one of a name, whether it is offered or not; undefined: there is none, or none any more. */
  find(name: string): Harness | undefined;
  /**
   * The name by which a job keeps its harness. @param named as a submission names it; null: it does not.
   * @throws UnfitError when it is not offered, with those that are.
   */
  choose(named: string | null): Promise<string>;
  /** Why no job of a harness is launched, for its client to read; null: they are. Never throws. */
  refusalOf(name: string): Promise<string | null>;
  /** Why a harness cannot run now, for the client of a job; null: it can, or there is none. Never throws. */
  reasonOf(name: string): Promise<string | null>;
  /** Names of its tasks and models. @param named as of `choose`. @throws UnfitError as `choose`. */
  catalogOf(named: string | null): Promise<Catalog>;
  /** Of a harness that is known. */
  catalogFor(harness: Harness): Catalog;
  describe(): Promise<Harnesses>;
  /** Ends what they keep for being asked. Runs go on. */
  close(): void;
};

/** Knows which harnesses there are, and which of them are offered. Asks none before it is asked itself. */
export function createHarnessRegistry(settings: RegistrySettings): HarnessRegistry {
  const { harnesses, usual, unnamed = usual, enabled, catalogs } = settings;
  const byName = new Map(harnesses.map((harness) => [harness.name, harness]));
  const first = byName.get(usual);
  if (first === undefined) throw new Error(`there is no harness ${usual}`);
  const all = [first, ...harnesses.filter((harness) => harness !== first)];
  const lists = new Map<string, Catalog>();

  const offered = () => all.filter(({ name }) => name === usual || enabled.length === 0 || enabled.includes(name));

  const reasonOf = async (name: string): Promise<string | null> => {
    const harness = byName.get(name);
    const reason = harness === undefined ? null : await whyNot(harness);
    return reason && `the harness ${name} cannot run: ${reason}`;
  };

  const refusalOf = async (name: string): Promise<string | null> => {
    const harness = byName.get(name);
    const names = offered().map((one) => one.name);
    if (harness === undefined) return `there is no harness ${name} here; there are ${names.join(', ')}`;
    if (name === usual || enabled.includes(name)) return null;
    if (enabled.length > 0)
      return `the harness ${name} is not offered (--enable-harness); offered are ${names.join(', ')}`;
    return reasonOf(name);
  };

  const choose = async (named: string | null): Promise<string> => {
    const name = named ?? usual;
    const refusal = await refusalOf(name);
    if (refusal !== null) throw new UnfitError({ path: ['harness'], input: named, message: `\`harness\`: ${refusal}` });
    return name;
  };

  const catalogFor = (harness: Harness): Catalog => {
    const known = lists.get(harness.name);
    if (known !== undefined) return known;
    const made = createCatalog({
      list: { tasks: () => harness.listTasks(), models: () => harness.listModels() },
      tasksChangedAt: () => harness.tasksChangedAt(),
      ...catalogs,
    });
    lists.set(harness.name, made);
    return made;
  };

  const describe = async (harness: Harness): Promise<HarnessInfo> => {
    const { name, python } = harness;
    const [reason, refusal] = await Promise.all([whyNot(harness), refusalOf(name)]);
    const version = reason === null ? await harness.version() : null;
    return {
      ...{ name, is_default: name === usual, offered: refusal === null, version, python },
      ...{ can_start: reason === null, reason: reason ?? refusal, warm_starts: harness.warm !== undefined },
    };
  };

  return {
    usual: first,
    ...{ unnamed, all },
    find: (name) => byName.get(name),
    choose,
    refusalOf,
    reasonOf,
    catalogFor,
    catalogOf: async (named) => catalogFor(byName.get(await choose(named)) ?? first),
    describe: async () => ({ harnesses: await Promise.all(all.map(describe)) }),
    close: () => {
      for (const harness of all) harness.close();
    },
  };
}

const whyNot = (harness: Harness): Promise<string | null> => harness.whyNot().catch((error) => errorMessage(error));

/** Name of the default harness. @param set as the operator names it; `auto`: lmms-eval if its Python has it, else the demo. */
export async function defaultHarness(set: string, harnesses: readonly Harness[]): Promise<string> {
  if (set !== 'auto') return set;
  const preferred = harnesses.find(({ name }) => name === 'lmms-eval');
  return preferred !== undefined && (await whyNot(preferred)) === null ? preferred.name : 'demo';
}

/**
 * What the operator should know of a harness that was set by name and cannot run now; null when there is nothing to say. It
 * may come later, say with a mount, so it is no reason not to start. @param set as of `defaultHarness`.
 */
export async function warningOf(set: string, harness: Harness): Promise<string | null> {
  const { name, python } = harness;
  const reason = set === name ? await whyNot(harness) : null;
  return reason && `${name} cannot run with --python ${python}, and jobs wait or fail until it can: ${reason}`;
}
