import { operations } from '../../../src/http/app.ts';

/** Every GET of the server, filled in. */
const paths = operations.filter(({ method }) => method === 'get');
const isStream = ({ answers }: (typeof paths)[number]): boolean => 'events' in (answers[200] ?? {});

/**
 * All that GETs answer about a job now, each with what was asked. The log in every way in which it can be asked for;
 * artifacts as they are listed.
 */
export async function everyAnswer(url: string, jobId: string, task: string): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const get = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await fetch(`${url}${path}`, { headers });
    const text = `${JSON.stringify([...answer.headers])}\n${await answer.text()}`;
    answers.set(`${path} ${JSON.stringify(headers)}`, text);
    return text;
  };
  for (const operation of paths.filter((one) => !isStream(one))) {
    const path = operation.path.replace('{job_id}', jobId).replace('{task}', task);
    if (!path.includes('{')) await get(path);
  }
  const log = `/jobs/${jobId}/log`;
  for (const query of ['?raw=true', '?tail=3', '?tail=3&raw=true']) await get(log + query);
  const { size } = { size: (await (await fetch(`${url}${log}?raw=true`)).arrayBuffer()).byteLength };
  for (let at = 0; at < size; at += 11) await get(log, { Range: `bytes=${at}-${at + 30}` });
  const listed = (await (await fetch(`${url}/jobs/${jobId}/artifacts`)).json()) as { files?: { path: string }[] };
  for (const file of listed.files ?? []) await get(`/jobs/${jobId}/artifacts/${file.path}`);
  return answers;
}

/** Opens every stream of the server that needs no job, and those of a job when one is given. @returns what comes. */
export function everyStream(url: string, jobId: string | null): { text: () => string; close: () => void } {
  const hangUp = new AbortController();
  const names = paths.filter(isStream).map(({ path }) => path);
  const wanted = names.filter((path) => path.includes('{job_id}') === (jobId !== null));
  const more = jobId === null ? [] : ['/jobs/{job_id}/log?follow=true&raw=true', '/jobs/{job_id}/log?follow=true'];
  let received = '';
  for (const path of [...wanted, ...more]) void follow(path.replace('{job_id}', jobId ?? ''));

  async function follow(path: string): Promise<void> {
    try {
      const answer = await fetch(`${url}${path}`, { signal: hangUp.signal });
      for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) received += chunk;
    } catch {
      // Cut: by the test, or because the server has ended.
    }
  }
  return { text: () => received, close: () => hangUp.abort() };
}
