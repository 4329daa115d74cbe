import type { DryRunAnswer } from '../../../client/index.ts';
import { shortId, waitText } from '../../../text/jobs.ts';
import { href } from '../../location.ts';
import { Command } from '../../parts/Copy.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { Ago } from '../../parts/Time.tsx';
import { quoted } from '../../submission/copyAs.ts';
import { count } from '../../text.ts';

/** What would come of a submission. */
export function Trial({ answer }: { answer: DryRunAnswer }) {
  const { position_in_queue: position, devices, command, warnings, repeats } = answer;
  return (
    <section class="panel trial" aria-labelledby="trial">
      <h2 id="trial">
        <Icon name="completed" /> It would be taken
      </h2>
      <dl>
        <div>
          <dt>Position in the queue</dt>
          <dd class="number">{position === null ? 'none' : position === 0 ? 'first' : `${count(position)} ahead`}</dd>
        </div>
        <div>
          <dt>Devices</dt>
          <dd class="number">{devicesText(devices)}</dd>
        </div>
        <div>
          <dt>Why it would wait</dt>
          <dd>{waitText(answer.waiting_for) ?? 'it would start at once'}</dd>
        </div>
        <div>
          <dt>May start</dt>
          <dd>{answer.expected_start_at === null ? 'not known' : <Ago time={answer.expected_start_at} />}</dd>
        </div>
        <div>
          <dt>May end</dt>
          <dd>{answer.expected_end_at === null ? 'not known' : <Ago time={answer.expected_end_at} />}</dd>
        </div>
      </dl>
      {repeats !== null && (
        <p>
          It has been submitted already, as <a href={href(['jobs', repeats])}>{shortId(repeats)}</a>.
        </p>
      )}
      {warnings.map((warning) => (
        <p key={warning} class="note note-warning">
          <Icon name="warning" />
          <span>{warning}</span>
        </p>
      ))}
      {command !== null && (
        <>
          <h3>Its command</h3>
          <Command text={command.map(quoted).join(' ')} />
        </>
      )}
    </section>
  );
}

function devicesText({ needed, total, free }: DryRunAnswer['devices']): string {
  if (total === null || free === null) return `${needed} asked for`;
  return `${needed} of ${total}; ${free} free now`;
}
