import type { Client, Flip, JobInfo } from '../../../client/index.ts';
import { href } from '../../location.ts';
import { ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { useLive } from '../../state/live.ts';
import { useResource } from '../../state/useResource.ts';
import { Detail, type Mark, TextBlock } from '../job/samples/Detail.tsx';
import { MediaList } from '../job/samples/MediaList.tsx';
import { findMedia } from '../job/samples/media.ts';
import { cutOf, readSample, type Sample } from '../job/samples/readSample.ts';

type Props = { task: string; flip: Flip; a: string; b: string };

type Side = { job: JobInfo; sample: Sample; mark: Mark | undefined };

/** One sample as both runs answered it. */
export function FlipDetail({ task, flip, a, b }: Props) {
  const { client } = useLive();
  const both = useResource(JSON.stringify([a, b, task, flip.index_a, flip.index_b]), (signal) =>
    Promise.all([sideOf(client, a, task, flip.index_a, signal), sideOf(client, b, task, flip.index_b, signal)]),
  );
  if (both.value === null) {
    return both.error ? <ErrorNote error={both.error} retry={both.reload} /> : <Skeleton lines={6} />;
  }
  const [one, other] = both.value;
  if (one === null || other === null) return <p class="quiet-text">The samples are not where they were.</p>;
  const [read, otherRead] = [readSample(one.sample), readSample(other.sample)];
  const isCut = cutOf(one.sample) !== null || cutOf(other.sample) !== null;
  const isSameQuestion = read.question === otherRead.question;
  const sides = [
    {
      title: 'Baseline',
      side: one,
      answer: read.answer,
      question: read.question,
      value: flip.value_a,
      index: flip.index_a,
    },
    {
      title: 'Candidate',
      side: other,
      answer: otherRead.answer,
      question: otherRead.question,
      value: flip.value_b,
      index: flip.index_b,
    },
  ];
  return (
    <article class="sample" aria-label="Flip">
      {!isCut && (
        <>
          {isSameQuestion && read.question !== null && <TextBlock title="Question" text={read.question} />}
          <MediaList job={one.job} found={findMedia(one.sample)} />
          {read.target !== null && <TextBlock title="Target" text={read.target} />}
        </>
      )}
      <div class="sample-pair">
        {sides.map(({ title, side, answer, question, value, index }) => (
          <section key={title} aria-label={title}>
            <p>
              <b>{title}</b>: scored <b class="number">{value}</b>,{' '}
              <a
                href={href(['jobs', side.job.job_id, 'samples'], { task, sample: index === 0 ? undefined : index + 1 })}
              >
                in its job
              </a>
            </p>
            {!isCut && !isSameQuestion && question !== null && (
              <TextBlock title={`Question of the ${title.toLowerCase()}`} text={question} />
            )}
            {isCut ? (
              <Detail job={side.job} sample={side.sample} mark={side.mark} />
            ) : (
              <TextBlock
                title={`Answer of the ${title.toLowerCase()}`}
                text={answer ?? ''}
                empty="The answer is empty."
              />
            )}
          </section>
        ))}
      </div>
    </article>
  );
}

/** @returns null where there is no such sample. */
async function sideOf(
  client: Client,
  id: string,
  task: string,
  index: number,
  signal: AbortSignal,
): Promise<Side | null> {
  const [job, page] = await Promise.all([
    client.job(id, { signal }),
    client.samples(id, task, { filter: 'all', offset: index, limit: 1 }, { signal }),
  ]);
  const [sample] = page.samples;
  return sample === undefined ? null : { job, sample, mark: page.marks?.[0] };
}
