import type { SubmissionInput } from '../../client/jobs.ts';
import type { DryRunAnswer } from '../../schemas/submission/dryRun.ts';
import { ago } from '../../text/times.ts';
import type { Context } from '../frame/context.ts';
import { type Field, showFields } from '../frame/fields.ts';
import { labelText } from '../frame/jobColumns.ts';

/** Asks what would come of submissions, and prints it. @throws ClientError when one would be refused. */
export async function showDryRuns(
  context: Context,
  bodies: readonly SubmissionInput[],
  keyOf: (body: SubmissionInput) => string | undefined,
): Promise<void> {
  const client = await context.client();
  const answers: DryRunAnswer[] = [];
  for (const body of bodies) {
    answers.push(await client.dryRun(body, { signal: context.signal, idempotencyKey: keyOf(body) }));
  }
  // Without ids there is nothing that -o name could print.
  const format = context.output.format === 'name' ? 'table' : context.output.format;
  const output = { ...context.output, format };
  const tables: Context = { ...context, output, show: (listing) => context.show(listing, output) };
  const [answer] = answers;
  if (answer !== undefined && answers.length === 1) {
    await showFields(tables, { document: answer, name: answer.request.model, fields: fieldsOf(answer) });
  } else {
    await tables.show<DryRunAnswer>({
      rows: answers,
      columns: [
        { name: 'model', of: ({ request }) => request.model, cut: true },
        { name: 'tasks', of: ({ request }) => request.tasks.join(','), cut: true },
        { name: 'labels', of: ({ labels }) => labelText(labels), cut: true },
        { name: 'devices', of: ({ devices }) => devices.needed, right: true },
        { name: 'ahead', of: ({ position_in_queue }) => position_in_queue, right: true },
        { name: 'starts', of: ({ expected_start_at }) => ago(expected_start_at), right: true },
        { name: 'command', of: ({ command }) => command?.join(' '), wide: true },
      ],
      name: ({ request }) => request.model,
    });
  }
  context.say('Nothing was queued: --dry-run.');
}

function fieldsOf({ request, labels, devices, command, warnings, ...answer }: DryRunAnswer): Field[] {
  const free = devices.free === null ? '' : ` of ${devices.free} free, ${devices.total} in all`;
  return [
    ['model', request.model],
    ['tasks', request.tasks.join(', ')],
    ['labels', labelText(labels)],
    ['devices', `${devices.needed}${free}`],
    ['ahead', answer.position_in_queue],
    ['waits for', answer.waiting_for?.kind ?? 'nothing'],
    ['may start', ago(answer.expected_start_at)],
    ['may end', ago(answer.expected_end_at)],
    ['repeats', answer.repeats],
    ['command', command?.join(' ')],
    ...warnings.map((warning): Field => ['warning', warning, 'magenta']),
  ];
}
