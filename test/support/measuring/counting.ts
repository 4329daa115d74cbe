import { type Profiler, Session } from 'node:inspector';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { getHeapStatistics } from 'node:v8';

/** What a piece of work costs, in what can be counted: the same on every machine, however busy it is. */
export type Counts = {
  /** Executions of a block of our code or of XState's: each turn of each loop is one. So is each item of a list that was searched. */
  steps: number;
  /** Bytes that were allocated, garbage or not: a copy made by one built-in call is seen by nothing else. */
  bytes: number;
  /** Instructions of SQLite: each row that is read takes some. */
  instructions: number;
  /** Rows that SQLite went through one by one, without an index. */
  scanned: number;
};

/** Node's, ahead of its types. */
type CountedStatement = StatementSync & { stat(counter: 'vmStep' | 'fullscanStep'): number };

const counted = /\/src\/|\/node_modules\/xstate\//;
const searches = ['indexOf', 'lastIndexOf', 'includes'] as const;

/**
 * Counts what happens in this thread, by V8's own counters of executed blocks and SQLite's of instructions.
 * To be called before the code that is counted is loaded, and once a process: only what is compiled and prepared from
 * then on can be counted.
 * @returns what does some work and tells what it cost.
 */
export function startCounting(): (work: () => Promise<void>) => Promise<Counts> {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const statements = collectStatements();
  const searched = countSearches();
  const instructions = (counter: 'vmStep' | 'fullscanStep') =>
    statements.reduce((sum, statement) => sum + statement.stat(counter), 0);
  return async (work) => {
    // Taking them begins anew.
    takeFunctions(session);
    const before = [searched(), instructions('vmStep'), instructions('fullscanStep'), allocated()] as const;
    await work();
    const bytes = allocated() - before[3];
    const functions = takeFunctions(session);
    const blocks = functions.flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0);
    return {
      steps: blocks + searched() - before[0],
      bytes,
      instructions: instructions('vmStep') - before[1],
      scanned: instructions('fullscanStep') - before[2],
    };
  };
}

const allocated = (): number =>
  (getHeapStatistics() as unknown as { total_allocated_bytes: number }).total_allocated_bytes;

/** What was executed since the last time. */
function takeFunctions(session: Session): Profiler.FunctionCoverage[] {
  let scripts: Profiler.ScriptCoverage[] = [];
  // In the same thread it is answered before it returns.
  session.post('Profiler.takePreciseCoverage', (error, taken) => {
    if (error) throw error;
    scripts = taken.result;
  });
  return scripts.filter(({ url }) => counted.test(url)).flatMap(({ functions }) => functions);
}

/** Every statement that is prepared from now on. */
function collectStatements(): CountedStatement[] {
  const statements: CountedStatement[] = [];
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (...given) {
    const statement = prepare.apply(this, given);
    statements.push(statement as CountedStatement);
    return statement;
  };
  return statements;
}

/** Counts the items that built-in searches of lists look at: no code of ours is executed there. */
function countSearches(): () => number {
  let items = 0;
  for (const name of searches) {
    const search = Array.prototype[name] as (this: unknown[], ...given: unknown[]) => number | boolean;
    Object.defineProperty(Array.prototype, name, {
      configurable: true,
      writable: true,
      value(this: unknown[], ...given: unknown[]) {
        const found = search.apply(this, given);
        items += typeof found === 'number' && found >= 0 ? found + 1 : this.length;
        return found;
      },
    });
  }
  return () => items;
}
