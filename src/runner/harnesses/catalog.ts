import { errorMessage } from '../../errors.ts';
import { EvaldError } from '../../schemas/errors/errors.ts';

/** Asks the harness for one of its lists. May take seconds; throws when it cannot say. */
export type AskForList = () => Promise<string[]>;

export type CatalogOptions = {
  list: { tasks: AskForList; models: AskForList };
  /** When what the tasks are made of has changed last, by the clock of its files. Without it that is not known. */
  tasksChangedAt?: () => Promise<number>;
  /** Milliseconds since any fixed point. */
  now(): number;
  /** Called when a list that is being served could not be refreshed. */
  logError(message: string, error: unknown): void;
  /** Age in ms from which a list is refreshed while it is still being served. */
  staleAfter?: number;
  /** Ms for which a failure is remembered before the harness is asked again. */
  retryAfter?: number;
  /** Aborting it fails the questions under way, and asks no more. */
  signal?: AbortSignal;
};

/** The names a client may use, from memory. */
export type Catalog = {
  /** @throws EvaldError `catalogUnavailable` with the harness's words, while there is no list yet. */
  tasks(): Promise<string[]>;
  /** @throws as `tasks`. */
  models(): Promise<string[]>;
  /**
   * The tasks as they were last listed, null before the first time; and when what they are made of had changed last by then,
   * null where that is not known. By that alone it shows whether they have changed since: no other clock is that of files.
   */
  knownTasks(): { names: readonly string[]; changedAt: number | null } | null;
  /** The tasks as they are now: asks the harness, after any question that is under way. @throws as `tasks`. */
  readTasks(): Promise<string[]>;
};

type Order = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Lists of tasks and models that never keep a client waiting for a harness that has already answered once: an old list is
 * served at once and refreshed behind it, and a failure never replaces a list. The harness gets one question at a time.
 */
export function createCatalog(options: CatalogOptions): Catalog {
  const inOrder = createOrder();
  const changedAt = async () => (await options.tasksChangedAt?.().catch(() => null)) ?? null;
  const tasks = createList('tasks', options.list.tasks, changedAt, inOrder, options);
  const models = createList('models', options.list.models, async () => null, inOrder, options);
  return { tasks: tasks.names, models: models.names, knownTasks: tasks.known, readTasks: tasks.read };
}

type List = {
  names(): Promise<string[]>;
  known(): { names: readonly string[]; changedAt: number | null } | null;
  read(): Promise<string[]>;
};

function createList(
  name: string,
  ask: AskForList,
  askChangedAt: () => Promise<number | null>,
  inOrder: Order,
  options: CatalogOptions,
): List {
  const { now, logError, staleAfter = 10 * 60_000, retryAfter = 10_000, signal } = options;
  let good: { names: string[]; at: number; changedAt: number | null } | undefined;
  let failure: { error: EvaldError; at: number } | undefined;
  let pending: Promise<string[]> | undefined;
  let next: Promise<string[]> | undefined;

  const read = async (): Promise<string[]> => {
    try {
      const found = await inOrder(async () => {
        // Before the question: what changes meanwhile may not be in the answer.
        const changedAt = await unlessAborted(askChangedAt, signal);
        return { names: await unlessAborted(ask, signal), changedAt };
      });
      good = { ...found, at: now() };
      failure = undefined;
      return found.names;
    } catch (error) {
      failure = { error: unavailable(name, error), at: now() };
      throw failure.error;
    } finally {
      pending = undefined;
    }
  };
  const refresh = () => {
    pending ??= read();
    return pending;
  };
  const recentFailure = () => (failure && now() - failure.at < retryAfter ? failure.error : undefined);

  /** What was asked before is answered with what was there then: a question that comes meanwhile is for the next one. */
  const readAnew = () => {
    if (pending === undefined) return refresh();
    next ??= pending
      .catch(() => {})
      .then(() => {
        next = undefined;
        return refresh();
      });
    return next;
  };

  const names = async () => {
    const failed = recentFailure();
    if (good === undefined) {
      if (failed !== undefined) throw failed;
      return refresh();
    }
    if (now() - good.at >= staleAfter && failed === undefined && pending === undefined) {
      refresh().catch((error: unknown) => logError(`the list of ${name} could not be refreshed`, error));
    }
    return good.names;
  };
  return { names, known: () => good ?? null, read: readAnew };
}

/** No one waits for an answer that would come after the server has gone. */
async function unlessAborted<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return ask();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new Error('the server is shutting down'));
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([signal.aborted ? aborted : ask(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function unavailable(name: string, error: unknown): EvaldError {
  const reason = errorMessage(error);
  return new EvaldError('catalogUnavailable', `The harness cannot list its ${name}: ${reason}`, { cause: error });
}

/** Runs works one after another, whether they succeed or not. */
function createOrder(): Order {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}
