import { type Running, startServer } from './process.ts';

const program = new URL('./bareServer.ts', import.meta.url).pathname;

/** Starts the bare server. */
export function startBare(log: string): Promise<Running> {
  return startServer((port) => ({ program: process.execPath, args: [program, String(port)] }), log);
}
