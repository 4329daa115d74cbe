import { peerArguments, serve } from './serve.ts';

/** What is used of pg-boss, which is not installed with evald. */
type PgBossPackage = {
  PgBoss: new (options: {
    host: string;
    user: string;
    database: string;
  }) => {
    on(event: 'error', listener: (error: Error) => void): void;
    start(): Promise<unknown>;
    createQueue(name: string): Promise<void>;
    send(name: string, data: object): Promise<string | null>;
  };
};

const { port, socket, require } = peerArguments();
const { PgBoss }: PgBossPackage = require('pg-boss');

const boss = new PgBoss({ host: socket, user: 'postgres', database: 'postgres' });
boss.on('error', (error) => console.error(error));
await boss.start();
await boss.createQueue('evaluations');
serve(port, async (body) => (await boss.send('evaluations', body)) ?? '');
