import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { bodyText } from '../../bench/body.ts';
import { type Peer, servedBy, startBullMq, startPgBoss } from '../../bench/subjects/peers.ts';
import { initCluster, newClusterFolder, type Store, startPostgres, startRedis } from '../../bench/subjects/stores.ts';
import { describeWith, peers } from '../support/needs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { isRunning } from '../support/runs/processes.ts';

const headers = { 'content-type': 'application/json' };
const JOBS = 40;

async function submit({ url }: Peer): Promise<string[]> {
  const post = async () => {
    const answer = await fetch(`${url}/evaluate`, { method: 'POST', headers, body: bodyText });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { job_id: string }).job_id;
  };
  return Promise.all(Array.from({ length: JOBS }, post));
}

/** A process and everything that it has started. */
function withChildren(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(withChildren)];
}

/** How each is started on a folder that may have been used, and asked for its jobs and for what its durability hangs on. */
const stores = {
  bullmq: async () => {
    const folder = await temporaryFolder();
    return {
      start: () => startRedis(folder),
      jobs: (store: Store) => store.ask('LRANGE', 'bull:evaluations:wait', '0', '-1'),
      settings: async (store: Store) => [
        await store.ask('CONFIG', 'GET', 'appendonly'),
        await store.ask('CONFIG', 'GET', 'appendfsync'),
      ],
      durable: ['appendonly\nyes', 'appendfsync\nalways'],
    };
  },
  pgBoss: async () => {
    const cluster = newClusterFolder(tmpdir());
    onTestFinished(cluster.remove);
    initCluster(cluster);
    return {
      start: () => startPostgres(cluster),
      jobs: (store: Store) => store.ask("SELECT id FROM pgboss.job WHERE name = 'evaluations'"),
      settings: async (store: Store) => [await store.ask('SHOW fsync'), await store.ask('SHOW synchronous_commit')],
      durable: ['on', 'on'],
    };
  },
};

describeWith(peers, 'queues beside evald', () => {
  test.each(['bullmq', 'pgBoss'] as const)(
    'every job that the route with %s has answered is there after its store has crashed, and is written to the disk before the answer',
    async (queue) => {
      const { start, jobs, settings, durable } = await stores[queue]();
      const store = await start();
      const peer = await servedBy(queue, store, await temporaryFolder());
      onTestFinished(peer.stop);
      expect(await settings(store)).toEqual(durable);
      const ids = await submit(peer);
      await store.crash();
      const again = await start();
      onTestFinished(again.stop);
      expect((await jobs(again)).split('\n').toSorted()).toEqual(ids.toSorted());
      expect(new Set(ids).size).toBe(JOBS);
    },
  );

  test.each([
    ['BullMQ', startBullMq],
    ['pg-boss', startPgBoss],
  ])(
    'the route with %s, its store and their processes are gone when it is stopped, and the cluster with them',
    async (_, start) => {
      const folder = await temporaryFolder();
      const peer = await start(folder);
      const pids = [peer.pid, peer.store.pid].flatMap(withChildren);
      expect(await Promise.all(pids.map(isRunning))).not.toContain(false);
      await peer.stop();
      expect(await Promise.all(pids.map(isRunning))).not.toContain(true);
      expect(existsSync(peer.store.socket)).toBe(false);
    },
  );
});
