import { globSync, readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'oxc-parser';
import { checkSync } from 'recheck';

/**
 * Part of `npm run check`: every regular expression of the sources takes time that grows at most linearly with its text.
 * What clients and runs send is matched on the one thread of the server: one that backtracks lets a single text stop it.
 */

/** Expressions that are put together at run time, by file, and why they are none to fear. */
const MADE_AT_RUN_TIME: Readonly<Record<string, string>> = {
  'src/runner/harnesses/demo/tasks/catalog.ts': "in the demo's own process, against its few short names",
  'src/runner/backends/slurm/command.ts': 'fixed words, alternatives without repetition',
  'src/schemas/values/text.ts': 'exported: checked as they are at run time',
};

/** Milliseconds for one expression at most. Otherwise work is bounded and not time, or a busy machine would find other faults. */
const LIMIT = 120_000;
const byWork = { seedingTimeout: null, incubationTimeout: null, attackTimeout: null, randomSeed: 0, timeout: LIMIT };

type Found = { where: string; source: string; flags: string };

const root = new URL('../', import.meta.url).pathname;
const faults: string[] = [];
const found: Found[] = [];

for (const file of globSync('src/**/*.ts', { cwd: root }).sort()) {
  const text = readFileSync(root + file, 'utf8');
  const line = (start: number) => `${file}:${text.slice(0, start).split('\n').length}`;
  new Visitor({
    Literal: (node) => {
      if ('regex' in node) found.push({ where: line(node.start), source: node.regex.pattern, flags: node.regex.flags });
    },
    NewExpression: ({ callee, start }) => {
      if (callee.type !== 'Identifier' || callee.name !== 'RegExp' || file in MADE_AT_RUN_TIME) return;
      faults.push(`${line(start)}: an expression that is made at run time cannot be checked: write it as a literal`);
    },
  }).visit(parseSync(file, text).program);
}

for (const [name, value] of Object.entries(await import('../src/schemas/values/text.ts'))) {
  if (value instanceof RegExp) found.push({ where: `src/schemas/values/text.ts: ${name}`, ...sourceOf(value) });
}

for (const { where, source, flags } of found) {
  const verdict = checkSync(source, flags, byWork);
  if (verdict.status === 'safe') continue;
  const why = verdict.status === 'vulnerable' ? verdict.complexity.summary : `cannot be judged (${verdict.error.kind})`;
  faults.push(`${where}: /${source}/${flags} is not linear: ${why}`);
}

if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`Checked ${found.length} regular expressions: all linear.`);
}

function sourceOf({ source, flags }: RegExp) {
  return { source, flags };
}
