import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { peers, peersHome, postgresBin } from '../../test/support/needs.ts';
import { type Running, startServer } from './process.ts';
import { initCluster, newClusterFolder, type Store, startPostgres, startRedis } from './stores.ts';

/** Whether `npm run setup:peers` has provided them. */
export const hasPeers = peers.present;

/** A queue behind the bare route, with the store that keeps its jobs: both are started, and both are ended. */
export type Peer = Running & { store: Store };

/** Starts Redis, and the bare route with BullMQ behind it. @param folder where the folders of both are made. */
export async function startBullMq(folder: string): Promise<Peer> {
  return servedBy('bullmq', await startRedis(mkdtempSync(join(folder, 'redis-'))), folder);
}

/** Starts PostgreSQL on a new cluster, and the bare route with pg-boss behind it. @param folder the cluster is on its disk. */
export async function startPgBoss(folder: string): Promise<Peer> {
  const cluster = newClusterFolder(folder);
  try {
    initCluster(cluster);
    const peer = await servedBy('pgBoss', await startPostgres(cluster), folder);
    return { ...peer, stop: () => peer.stop().finally(cluster.remove) };
  } catch (error) {
    cluster.remove();
    throw error;
  }
}

/**
 * Starts the bare route with a queue on a store that runs. @param folder where its log goes.
 * @throws when it does not start; then the store is ended.
 */
export async function servedBy(queue: 'bullmq' | 'pgBoss', store: Store, folder: string): Promise<Peer> {
  const program = new URL(`../peers/${queue}Server.ts`, import.meta.url).pathname;
  try {
    const server = await startServer(
      (port) => ({ program: process.execPath, args: [program, String(port), peersHome, store.socket] }),
      `${mkdtempSync(join(folder, `${queue}-`))}.log`,
    );
    return { ...server, store, stop: () => server.stop().finally(() => store.stop()) };
  } catch (error) {
    await store.stop();
    throw error;
  }
}

/** The versions of what is measured, for a report; null where it is not there. */
export function peerVersions(): Record<string, string> | null {
  if (!hasPeers) return null;
  const packageVersion = (name: string) =>
    JSON.parse(readFileSync(join(peersHome, 'node_modules', name, 'package.json'), 'utf8')).version;
  const firstVersion = (program: string) =>
    /\d+(\.\d+)+/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[0] ?? 'unknown';
  return {
    BullMQ: packageVersion('bullmq'),
    Redis: firstVersion('redis-server'),
    'pg-boss': packageVersion('pg-boss'),
    PostgreSQL: firstVersion(join(postgresBin ?? '', 'postgres')),
  };
}
