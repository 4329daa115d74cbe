import { basename, extname } from 'node:path';
import { Hono } from 'hono';
import { EvaldError } from '../../schemas/errors/errors.ts';
import { type Artifacts, artifactsSchema } from '../../schemas/results/artifacts.ts';
import { rangeHeaders } from '../../schemas/server/headers.ts';
import { artifactPath, jobPath } from '../../schemas/server/paths.ts';
import { formatTime } from '../../schemas/values/time.ts';
import type { AppDependencies } from '../dependencies.ts';
import { findJob } from '../findJob.ts';
import { noJob, type Operation, refusal } from '../operation.ts';
import { listRunFiles, openRunFile } from '../streaming/runFolder.ts';
import { fileAnswerHeaders, sendFile } from '../streaming/sendFile.ts';

const kinds = ['application/octet-stream', 'application/json', 'text/plain'];
const downloadHeaders = {
  ...fileAnswerHeaders,
  ETag: 'Names this content',
  'Content-Disposition': 'attachment, with the name of the file',
};

export const artifactsOperations: Operation[] = [
  {
    id: 'listArtifacts',
    tag: 'results',
    method: 'get',
    role: 'read',
    path: '/jobs/{job_id}/artifacts',
    summary: 'List the files of a run',
    parameters: jobPath,
    answers: {
      200: {
        description:
          "The files: all of the run's own folder; in a folder that the request named, its log, results and samples. None while it waits",
        schema: artifactsSchema,
      },
      404: noJob,
    },
  },
  {
    id: 'downloadArtifact',
    tag: 'results',
    method: 'get',
    role: 'read',
    path: '/jobs/{job_id}/artifacts/{path}',
    summary: 'Download a file of a run',
    parameters: artifactPath,
    headers: rangeHeaders,
    answers: {
      200: {
        description: 'The file, as it was when it was opened',
        media: kinds,
        headers: downloadHeaders,
      },
      206: {
        description: 'The bytes asked for',
        media: kinds,
        headers: { ...downloadHeaders, 'Content-Range': 'Which bytes, of how many' },
      },
      404: refusal(
        'No such job, or no such file of its run; links are not followed',
        'The run of job 3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55 has no file "nosuch.json"',
      ),
      416: {
        ...refusal('The file has no such bytes', 'The range lies beyond the end: there are 4096 bytes'),
        headers: { 'Content-Range': 'How many there are' },
      },
    },
  },
];

/** Of what a browser does not run as a page. */
const types: { [extension: string]: string } = {
  '.json': 'application/json',
  '.jsonl': 'text/plain; charset=utf-8',
  '.log': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** Lists and sends the files of runs. */
export function artifactsRoutes({ scheduler, redactorOf }: Pick<AppDependencies, 'scheduler' | 'redactorOf'>) {
  return new Hono()
    .get('/jobs/:job_id/artifacts', async (c) => {
      const job = findJob(scheduler, c.req.param('job_id'));
      const { files, isCut } = await listRunFiles(job, redactorOf(job.job_id));
      const artifacts: Artifacts = {
        files: files.map(({ path, size, modified }) => ({ path, size, modified: formatTime(modified) })),
        truncated: isCut,
      };
      return c.json(artifacts);
    })
    .get('/jobs/:job_id/artifacts/:path{[\\s\\S]+}', async (c) => {
      const job = findJob(scheduler, c.req.param('job_id'));
      const path = c.req.param('path');
      const file = await openRunFile(job, path);
      if (file === null) {
        throw new EvaldError('outputMissing', `The run of job ${job.job_id} has no file ${JSON.stringify(path)}`);
      }
      const headers = {
        'Content-Type': types[extname(path)] ?? 'application/octet-stream',
        'Content-Disposition': dispositionOf(basename(path)),
        'Cache-Control': 'no-store',
      };
      return sendFile(c, file, headers, file.identity, redactorOf(job.job_id));
    });
}

/** As RFC 6266: plain characters for old clients, all of them for the others. */
function dispositionOf(name: string): string {
  const plain = name.replaceAll(/[^\w .+-]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
