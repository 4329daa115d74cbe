import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Caller } from './caller.ts';

type OpenRequest = { token: string; caller: Caller; hangUp(): void };

/** The requests that are being answered, and by which token: a stream of events may be open for weeks. */
export class OpenRequests {
  readonly #open = new Set<OpenRequest>();

  get size(): number {
    return this.#open.size;
  }

  /** Keeps a request until it is answered or its caller has gone. */
  keep(c: Context, token: string, caller: Caller): void {
    const { outgoing }: Partial<HttpBindings> = c.env ?? {};
    if (outgoing === undefined) return;
    const request = { token, caller, hangUp: () => outgoing.destroy() };
    this.#open.add(request);
    outgoing.once('close', () => this.#open.delete(request));
  }

  /** Hangs up on those whose token is no longer known, has expired, or is for something else now. */
  hangUp(find: (token: string) => Caller | { expired: number } | undefined): void {
    for (const { token, caller, hangUp } of this.#open) {
      const now = find(token);
      if (now === undefined || 'expired' in now || now.name !== caller.name || now.role !== caller.role) hangUp();
    }
  }
}
