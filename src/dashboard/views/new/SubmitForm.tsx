import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { DryRunAnswer } from '../../../client/index.ts';
import { shortId } from '../../../text/jobs.ts';
import { go, href } from '../../location.ts';
import { Combobox } from '../../parts/Combobox.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { useLive } from '../../state/live.ts';
import { useAction } from '../../state/useAction.ts';
import { useResource } from '../../state/useResource.ts';
import { type Draft, maskedNames, submissionOfDraft } from '../../submission/draft.ts';
import type { FlagName, TextName } from '../../submission/fields.ts';
import { CatalogNote } from './CatalogNote.tsx';
import { CopyAs } from './CopyAs.tsx';
import { FlagField, PairsField, TextField } from './controls.tsx';
import { type Faults, Field } from './Field.tsx';
import { faultsOf, focusField, Refusal } from './Refusal.tsx';
import { TasksField } from './TasksField.tsx';
import { Trial } from './Trial.tsx';

type Props = {
  /** What the draft is kept under while another view is shown. */
  address: string;
  begin: Draft;
  /** The job whose request it begins with. */
  from?: string;
};

/** What was typed last, and under which address: not lost when the page shows something else meanwhile. */
let kept: { address: string; draft: Draft } | null = null;

/** The form of a submission. */
export function SubmitForm({ address, begin, from }: Props) {
  const { client } = useLive();
  const [draft, setDraft] = useState(kept?.address === address ? kept.draft : begin);
  const [trial, setTrial] = useState<DryRunAnswer | null>(null);
  const [faults, setFaults] = useState<Faults>({});
  const form = useRef<HTMLFormElement>(null);
  const harnesses = useResource('harnesses', (signal) => client.harnesses({ signal }));
  const offered = harnesses.value?.harnesses.filter((one) => one.offered).map(({ name }) => name) ?? [];
  // What is being typed is no name yet.
  const harness = offered.find((name) => name === draft.texts.harness.trim());
  const models = useResource(`models ${harness}`, (signal) => client.models({ harness, signal }));
  const tasks = useResource(`tasks ${harness}`, (signal) => client.tasks({ harness, signal }));

  const submission = useMemo(() => submissionOfDraft(draft), [draft]);
  // One key for one submission: a click too many, and an answer that was lost, are one job.
  const key = useMemo(newKey, [submission]);
  const latest = useRef(submission);
  latest.current = submission;
  const [isDry, setDry] = useState(false);
  const ask = useAction(async (isTrial: boolean) => {
    setDry(isTrial);
    setTrial(null);
    if (isTrial) {
      const answer = await client.dryRun(submission, { idempotencyKey: key });
      // What was changed meanwhile it says nothing of.
      if (latest.current === submission) setTrial(answer);
      return;
    }
    const { job_id: id } = await client.submit(submission, { idempotencyKey: key });
    kept = null;
    go(href(['jobs', id]));
  });
  const { error, isRunning: isBusy } = ask;
  useEffect(() => {
    const next = error === null ? {} : faultsOf(error);
    setFaults(next);
    const [first] = Object.keys(next);
    if (first !== undefined) focusField(form.current, first);
  }, [error]);

  const change = (part: Partial<Draft>, name: string) => {
    const next = { ...draft, ...part };
    kept = { address, draft: next };
    setDraft(next);
    setTrial(null);
    setFaults(({ [name]: _, ...others }) => others);
  };
  const text = (name: TextName) => (
    <TextField
      name={name}
      value={draft.texts[name]}
      faults={faults}
      onChange={(value) => change({ texts: { ...draft.texts, [name]: value } }, name)}
    />
  );
  const flag = (name: FlagName) => (
    <FlagField
      name={name}
      value={draft.flags[name]}
      faults={faults}
      onChange={(value) => change({ flags: { ...draft.flags, [name]: value } }, name)}
    />
  );
  const folded = (
    title: string,
    names: readonly (TextName | FlagName)[],
    isFlag: (name: string) => name is FlagName,
  ) => (
    <details
      class="fields-more"
      open={names.some((name) => faults[name] || (isFlag(name) ? draft.flags[name] : draft.texts[name] !== ''))}
    >
      <summary>{title}</summary>
      <div class="fields">
        {names.map((name) => (
          <div key={name} class="fields-one">
            {isFlag(name) ? flag(name) : text(name)}
          </div>
        ))}
      </div>
    </details>
  );
  const changeHarness = (name: string) => change({ texts: { ...draft.texts, harness: name } }, 'harness');
  const masked = maskedNames(draft);
  return (
    <form
      class="new"
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void ask.run(false);
      }}
    >
      <div class="new-fields">
        {from !== undefined && (
          <p class="quiet-text">
            As job{' '}
            <a href={href(['jobs', from])}>
              <code>{shortId(from)}</code>
            </a>{' '}
            was submitted, to be changed.
          </p>
        )}
        {masked.length > 0 && (
          <p class="note note-warning">
            <Icon name="warning" />
            <span>Credentials are kept back and shown as ***: type {masked.join(', ')} again, or retry the job.</span>
          </p>
        )}
        <div class="panel fields fields-wide">
          <Field name="model" faults={faults} note={<CatalogNote catalog={models} what="models" />}>
            {({ id, describedBy, isInvalid }) => (
              <Combobox
                id={id}
                name="Models"
                value={draft.model}
                options={models.value?.models ?? []}
                describedBy={describedBy}
                isInvalid={isInvalid}
                onInput={(model) => change({ model }, 'model')}
                onChoose={(model) => change({ model }, 'model')}
              />
            )}
          </Field>
          <PairsField
            name="model_args"
            pairs={draft.args}
            kept={1}
            faults={faults}
            onChange={(args) => change({ args }, 'model_args')}
          />
          <TasksField
            tasks={draft.tasks}
            known={tasks.value?.tasks ?? null}
            faults={faults}
            note={<CatalogNote catalog={tasks} what="tasks" />}
            onChange={(names) => change({ tasks: names }, 'tasks')}
          />
        </div>
        <div class="panel fields">
          {(offered.length > 1 || draft.texts.harness !== '') && (
            <Field name="harness" faults={faults}>
              {({ id, describedBy, isInvalid }) => (
                <Combobox
                  id={id}
                  name="Harnesses"
                  value={draft.texts.harness}
                  options={offered}
                  placeholder={offered[0] ?? ''}
                  describedBy={describedBy}
                  isInvalid={isInvalid}
                  onInput={changeHarness}
                  onChoose={changeHarness}
                />
              )}
            </Field>
          )}
          {text('limit')}
          {text('num_gpus')}
          {text('batch_size')}
          {text('num_fewshot')}
          {text('gen_kwargs')}
          {flag('log_samples')}
          {flag('split')}
        </div>
        <div class="panel fields">
          <PairsField
            name="labels"
            pairs={draft.labels}
            faults={faults}
            onChange={(pairs) => change({ labels: pairs }, 'labels')}
          />
          {text('priority')}
        </div>
        <div class="panel">
          {folded('When it starts, and how long it may take', timing, isFlagName)}
          {folded('Where it runs, what it needs, and where results go', destination, isFlagName)}
        </div>
      </div>
      <aside class="new-side" aria-label="What would come of it">
        <div class="new-buttons">
          <button type="submit" class="primary" disabled={isBusy}>
            Submit
          </button>
          <button type="button" disabled={isBusy} onClick={() => void ask.run(true)}>
            Dry run
          </button>
          <span class="quiet-text" role="status">
            {isBusy && (isDry ? 'asking the server…' : 'submitting…')}
          </span>
        </div>
        {error !== null && <Refusal error={error} isDry={isDry} form={form.current} />}
        {trial !== null && <Trial answer={trial} />}
        <CopyAs submission={submission} />
      </aside>
    </form>
  );
}

const timing = ['after', 'after_any', 'ready_file', 'ready_timeout', 'timeout', 'stall_timeout', 'retry'] as const;
const needs = ['cpus', 'memory', 'pool', 'engine_args'] as const;
const destination = [...needs, 'output_dir', 'callback_url', 'device', 'predict_only'] as const;
const isFlagName = (name: string): name is FlagName => name === 'after_any' || name === 'predict_only';

/** Not `randomUUID`: a page that came without TLS does not have it. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
