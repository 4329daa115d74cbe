import { mkdtemp } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { bodyText } from '../../../bench/body.ts';
import { startBullMq, startPgBoss } from '../../../bench/subjects/peers.ts';
import { removeFolder } from '../../../test/support/files/removeFolder.ts';
import { attempt } from './attempt.ts';

// A job that each of them takes, on a store of its own.
await attempt(async () => {
  const folder = await mkdtemp(join(process.env['EVALD_CACHE'] || join(homedir(), '.cache', 'evald'), 'setup-'));
  try {
    for (const start of [startBullMq, startPgBoss]) {
      const peer = await start(folder);
      try {
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(`${peer.url}/evaluate`, { method: 'POST', headers, body: bodyText });
        const { job_id } = (await answer.json()) as { job_id?: string };
        if (!job_id) throw new Error(`a job was answered by ${answer.status}`);
      } finally {
        await peer.stop();
      }
    }
  } finally {
    await removeFolder(folder);
  }
});
