import { useState } from 'preact/hooks';
import type { JobInfo } from '../../../../client/index.ts';
import { hasRole } from '../../../allowed.ts';
import { href } from '../../../location.ts';
import { CopyButton } from '../../../parts/Copy.tsx';
import { serverAddress } from '../../../session.ts';
import { useLive } from '../../../state/live.ts';
import { asCommand, asCurl, asPython } from '../../../submission/copyAs.ts';
import { optionsOf, submissionOfJob } from '../../../submission/submissionOfJob.ts';

/** What was asked: as JSON, and as what asks for the same again. Fields that were left out, or have their usual value, are not in it. */
export function Request({ job }: { job: JobInfo }) {
  const { caller } = useLive();
  const [form, setForm] = useState<(typeof forms)[number]>(forms[0]);
  const submission = submissionOfJob(job);
  const text = form.write(serverAddress(), submission);
  return (
    <div class="request">
      <div class="section-head">
        <fieldset class="choice" aria-label="Written as">
          {forms.map((each) => (
            <button key={each.label} type="button" aria-pressed={each === form} onClick={() => setForm(each)}>
              {each.label}
            </button>
          ))}
        </fieldset>
        <CopyButton text={text} label={`Copy as ${form.label}`} />
        {hasRole(caller, 'submit') && <a href={href(['new'], { from: job.job_id })}>Submit again with changes …</a>}
      </div>
      <pre class="lines">{text}</pre>
      {text.includes('***') && (
        <p class="quiet-text">*** stands for credentials, which are not shown: put them in before it is sent.</p>
      )}
      {caller.needs_token && form !== forms[0] && (
        <p class="quiet-text">
          The token is read from <code>EVALD_TOKEN</code>.
        </p>
      )}
      <details>
        <summary>All fields, as the server understood them</summary>
        <pre class="lines">{JSON.stringify({ ...job.request, ...optionsOf(job) }, null, 2)}</pre>
      </details>
    </div>
  );
}

const forms = [
  { label: 'JSON', write: (_server: string, submission: object) => JSON.stringify(submission, null, 2) },
  { label: 'curl', write: asCurl },
  { label: 'command', write: asCommand },
  { label: 'Python', write: asPython },
] as const;
