import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { JobInfo, SamplesPage } from '../../../../client/index.ts';
import { CopyButton } from '../../../parts/Copy.tsx';
import { Icon } from '../../../parts/Icon.tsx';
import { SaveButton } from '../../../parts/SaveButton.tsx';
import { ScrollBox } from '../../../parts/ScrollBox.tsx';
import { bytesText, count } from '../../../text.ts';
import { diff } from './diff.ts';
import { MediaList } from './MediaList.tsx';
import { findMedia } from './media.ts';
import { type CutSample, cutOf, cutText, readSample, type Sample, sampleJson } from './readSample.ts';
import { Verdict } from './Verdict.tsx';

/** Characters of a text that are drawn: the JSON to copy or save has all of it. */
const DRAWN = 20_000;

export type Mark = NonNullable<SamplesPage['marks']>[number];

/** One sample: what was asked, what was right, what the model answered, and how it was scored. */
export function Detail({ job, sample, mark }: { job: JobInfo; sample: Sample; mark: Mark | undefined }) {
  const read = useMemo(() => readSample(sample), [sample]);
  const media = useMemo(() => findMedia(sample), [sample]);
  const cut = cutOf(sample);
  if (cut !== null) return <Cut cut={cut} />;
  const { question, target, answer, said, fields } = read;
  const isCompared = target !== null && answer !== null && answer !== '' && target !== answer;
  return (
    <>
      {mark && (
        <p class="sample-mark">
          <Verdict mark={mark} />
        </p>
      )}
      {question !== null && <TextBlock title="Question" text={question} />}
      <MediaList job={job} found={media} />
      <div class="sample-pair">
        {target !== null && <TextBlock title="Target" text={target} />}
        {answer !== null && <TextBlock title="Answer" text={answer} empty="The answer is empty." />}
      </div>
      {isCompared && <Difference target={target} answer={answer} />}
      {said !== null && <TextBlock title="As the model said it" text={said} empty="Nothing." />}
      {fields.length > 0 && (
        <section>
          <h3>Fields</h3>
          <dl class="sample-fields">
            {fields.map(({ name, text }) => (
              <div key={name}>
                <dt>
                  <bdi>{name}</bdi>
                </dt>
                <dd dir="auto">{text}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <Raw sample={sample} name={`sample-${mark?.index ?? ''}.json`} />
    </>
  );
}

/** A sample that the server does not give as it is. */
function Cut({ cut: { reason, bytes, text } }: { cut: CutSample }) {
  return (
    <>
      <p class="note note-warning">
        <Icon name="warning" />
        <span>
          This sample is not shown as it is: {reason} ({bytesText(bytes)}). The samples file of the run has all of it.
        </span>
      </p>
      <TextBlock title="It begins" text={text} />
    </>
  );
}

export function TextBlock({ title, text, empty = 'Empty.' }: { title: string; text: string; empty?: string }) {
  return (
    <section>
      <h3>{title}</h3>
      {text === '' ? <p class="quiet-text">{empty}</p> : <Text label={title}>{cutText(text, DRAWN)}</Text>}
      {text.length > DRAWN && <p class="quiet-text">{count(text.length)} characters; the JSON has all of them.</p>}
    </section>
  );
}

/** A text in a box. One that may be so long that it scrolls is reached by the keyboard. */
function Text({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <ScrollBox class="sample-text" dir="auto" label={label}>
      {children}
    </ScrollBox>
  );
}

/** What the answer has of its target: marks that are distinct without colours. */
function Difference({ target, answer }: { target: string; answer: string }) {
  const parts = useMemo(() => diff(cutText(target, DRAWN), cutText(answer, DRAWN)), [target, answer]);
  return (
    <section>
      <h3>Difference</h3>
      <p class="quiet-text">
        <del>only in the target</del> <ins>only in the answer</ins>
      </p>
      <Text label="Difference">
        {parts.map(({ kind, text }, at) =>
          kind === 'both' ? text : kind === 'target' ? <del key={at}>{text}</del> : <ins key={at}>{text}</ins>,
        )}
      </Text>
    </section>
  );
}

function Raw({ sample, name }: { sample: Sample; name: string }) {
  const json = useMemo(() => sampleJson(sample), [sample]);
  return (
    <details class="sample-raw">
      <summary>JSON, as the harness wrote it</summary>
      <p>
        <CopyButton text={json} label="Copy JSON" />
        <SaveButton name={name} label="Download JSON" make={() => json} />
      </p>
      <ScrollBox class="sample-json" label="JSON">
        <code>{cutText(json, DRAWN)}</code>
      </ScrollBox>
    </details>
  );
}
