import type { Fault } from '../../schemas/errors/errors.ts';
import type { EvaluateRequest } from '../../schemas/submission/evaluateRequest.ts';
import { isPattern } from '../../schemas/values/text.ts';
import { wildcard } from '../../schemas/values/wildcard.ts';
import type { Catalog } from '../harnesses/catalog.ts';
import type { Harness } from '../harnesses/contract.ts';

/** What is done about names that the harness does not know. */
export type NameRule = 'warn' | 'refuse';

export type NamesDependencies = {
  rule: NameRule;
  harness: Pick<Harness, 'name' | 'allModels' | 'tasksChangedAt' | 'unlisted'>;
  catalog: Pick<Catalog, 'tasks' | 'knownTasks' | 'readTasks'>;
  /** Milliseconds that a submission waits for a list that is read anew. */
  patience?: number;
};

/** Looks up the names of models and tasks. */
export type NameCheck = {
  /** Never throws. */
  ofSubmission(request: EvaluateRequest): Promise<{ faults: Fault[]; warnings: string[] }>;
  /** Names for which it is not to be launched: none where there are only warnings. Never throws. */
  ofLaunch(request: EvaluateRequest): Promise<Fault[]>;
};

const PATIENCE = 5_000;
const MOST_NAMED = 5;
const MOST_COMPARED = 100;

/**
 * Looks up names in what the harness has listed. Before a name is called unknown, the list is read anew if a definition
 * has changed since. A list that is not there, or not in time, calls nothing unknown.
 */
export function createNameCheck({ rule, harness, catalog, patience = PATIENCE }: NamesDependencies): NameCheck {
  const isListed = (what: 'models' | 'tasks') => harness.unlisted?.includes(what) !== true;

  const tasksIfKnown = async (names: readonly string[]): Promise<readonly string[] | null> => {
    const known = catalog.knownTasks();
    if (known === null) {
      // A later submission finds it.
      catalog.tasks().catch(() => {});
      return null;
    }
    if (names.every((name) => isKnownTask(name, setOf(known.names)))) return known.names;
    const changedAt = await harness.tasksChangedAt().catch(() => null);
    const isCurrent = changedAt === null || changedAt === known.changedAt;
    return isCurrent ? known.names : within(patience, catalog.readTasks());
  };

  const look = async (request: EvaluateRequest): Promise<{ faults: Fault[]; isWhole: boolean }> => {
    const [models, tasks] = await Promise.all([
      isListed('models') ? within(patience, harness.allModels()) : null,
      isListed('tasks') ? tasksIfKnown(request.tasks) : null,
    ]);
    const faults: Fault[] = [];
    if (models !== null && !models.includes(request.model)) {
      const message = `\`model\` ${unknown(request.model, models, harness.name)} (GET /models)`;
      faults.push({ path: ['model'], input: request.model, message });
    }
    const strange = tasks === null ? [] : request.tasks.filter((name) => !isKnownTask(name, setOf(tasks)));
    strange.slice(0, MOST_NAMED).forEach((name, index) => {
      const more =
        index === MOST_NAMED - 1 && strange.length > MOST_NAMED ? `, and ${strange.length - MOST_NAMED} more` : '';
      const message = `\`tasks\` ${unknown(name, tasks ?? [], harness.name)} (GET /tasks)${more}`;
      faults.push({ path: ['tasks', request.tasks.indexOf(name)], input: name, message });
    });
    const isUnknown = (models === null && isListed('models')) || (tasks === null && isListed('tasks'));
    return { faults, isWhole: !isUnknown };
  };

  return {
    async ofSubmission(request) {
      const { faults, isWhole } = await look(request);
      if (rule === 'warn') return { faults: [], warnings: faults.map(({ message }) => message) };
      const later = '`model` and `tasks` could not all be looked up yet; they are before it runs';
      return { faults, warnings: isWhole ? [] : [later] };
    },
    async ofLaunch(request) {
      if (rule === 'warn') return [];
      await catalog.tasks().catch(() => {});
      return (await look(request)).faults;
    },
  };
}

/** A list of thousands of names as a set: made once, not at each submission. */
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();
function setOf(names: readonly string[]): ReadonlySet<string> {
  const known = sets.get(names) ?? new Set(names);
  sets.set(names, known);
  return known;
}

/** A pattern is known when it stands for something; a path of a definition is looked up where it runs. */
function isKnownTask(name: string, known: ReadonlySet<string>): boolean {
  if (name.includes('/') || /\.ya?ml$/.test(name) || known.has(name)) return true;
  return isPattern(name) && known.values().some(wildcard(name));
}

function unknown(name: string, known: readonly string[], harness: string): string {
  const near = nearest(name, known);
  const meant = near === null ? '' : `; did you mean ${JSON.stringify(near)}?`;
  return `${JSON.stringify(name.slice(0, MOST_COMPARED))} is no name that ${harness} knows${meant}`;
}

/** The name that is meant, as far as a few letters tell; null when none is near. */
function nearest(name: string, known: readonly string[]): string | null {
  const cut = name.trim().toLowerCase().slice(0, MOST_COMPARED);
  let best: string | null = null;
  let least = Math.max(1, Math.floor(cut.length / 4)) + 1;
  for (const one of known) {
    if (Math.abs(one.length - cut.length) >= least) continue;
    const distance = editDistance(cut, one.toLowerCase().slice(0, MOST_COMPARED));
    if (distance < least) [best, least] = [one, distance];
  }
  return best;
}

/** Letters to put in, take out, exchange, or swap with their neighbour (Damerau and Levenshtein). */
export function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const at = (from: readonly number[], index: number) => from[index] ?? Number.POSITIVE_INFINITY;
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(older, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1), swapped));
    }
    [older, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** What is found in time; null when it is not. */
async function within<T>(patience: number, asked: Promise<T>): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), patience);
  try {
    return await Promise.race([asked, late.promise]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
