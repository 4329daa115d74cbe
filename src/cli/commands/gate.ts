import { ClientError } from '../../client/errors.ts';
import type { GateAnswer, GatePolicy } from '../../schemas/scores/gate.ts';
import type { Context } from '../frame/context.ts';
import { errorLines } from '../frame/errorText.ts';
import { exitCodes, UsageError } from '../frame/exitCodes.ts';
import { number, text, texts, toggle } from '../frame/flag.ts';
import { resolveId } from '../frame/ids.ts';
import { gateLines } from '../scores/gateLines.ts';
import { parsePolicy, readPolicy } from '../scores/readPolicy.ts';
import { defineVerb } from './verb.ts';

const codes = { pass: exitCodes.ok, fail: exitCodes.failed, inconclusive: exitCodes.inconclusive } as const;

type Row = GateAnswer['tasks'][number];

export const verb = defineVerb({
  usage: 'BASELINE CANDIDATE [OPTIONS]',
  words: [2, 2],
  about:
    'Decides for a script whether a candidate may take the place of a baseline: exit code 0 pass, 1 fail, 3 inconclusive. What is refused is none of these, but 2. A policy is {tasks: {NAME: {max_drop: 0.01, tier: critical}}}, in YAML or JSON.',
  examples: [
    'evald gate 3f0c4b1e @last --policy gate.yaml',
    'evald gate 3f0c4b1e @last --max-drop 0.01 -t mmmu_val -t mme',
  ],
  flags: {
    policy: text('FILE', 'what each task may lose; - is standard input'),
    maxDrop: number('N', 'instead of it: what each --task may lose, in the unit of the score'),
    task: texts('NAME', 'for --max-drop: a task; may be repeated', { short: 't' }),
    allowUnpaired: toggle('a verdict also where fewer than 95 % of the samples have a pair'),
  },
  output: true,
  async run(context, [baseline = '', candidate = ''], { policy, maxDrop, task, allowUnpaired }) {
    const answer = await asked(async () =>
      ask(context, { baseline, candidate, policy: await policyOf(policy, maxDrop, task), allowUnpaired }),
    );
    const { output, terminal } = context;
    context.decide(codes[answer.verdict]);
    if ((output.format === 'table' || output.format === 'wide') && output.columns === undefined) {
      const width = terminal.isOutput ? terminal.width : null;
      for (const line of gateLines(answer, { width, color: terminal.color })) context.print(line);
    } else {
      await context.show<Row>({
        rows: answer.tasks,
        columns: (['task', 'metric', 'filter', 'tier', 'max_drop', 'verdict', 'reason'] as const).map((name) => ({
          name,
          of: (row) => row[name],
        })),
        name: (row) => row.task,
        document: () => answer,
      });
    }
    return codes[answer.verdict];
  },
});

type Asked = { baseline: string; candidate: string; policy: GatePolicy; allowUnpaired: boolean };

async function ask(context: Context, { baseline, candidate, policy, allowUnpaired }: Asked): Promise<GateAnswer> {
  const client = await context.client();
  const request = {
    baseline: await resolveId(context, baseline),
    candidate: await resolveId(context, candidate),
    policy,
    allow_unpaired: allowUnpaired,
  };
  return client.gate(request, { signal: context.signal });
}

async function policyOf(
  file: string | undefined,
  maxDrop: number | undefined,
  tasks: readonly string[],
): Promise<GatePolicy> {
  if ((file === undefined) === (maxDrop === undefined)) {
    throw new UsageError('gate: give either --policy FILE, or --max-drop N with --task NAME', 'evald gate --help');
  }
  if (file !== undefined) {
    if (tasks.length > 0) throw new UsageError('gate: --task goes with --max-drop; --policy names its tasks itself');
    return readPolicy(file);
  }
  if (tasks.length === 0) throw new UsageError('gate: --max-drop needs a --task NAME at least');
  return parsePolicy('--max-drop', { tasks: Object.fromEntries(tasks.map((task) => [task, { max_drop: maxDrop }])) });
}

/** Other verbs end with 1 when the server refuses: here that would be a verdict. */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const isRefused = error instanceof ClientError && error.fault.code === 'refused';
    throw isRefused ? new UsageError(errorLines(error)?.join('\n') ?? error.message) : error;
  }
}
