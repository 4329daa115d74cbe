import { type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

type Given = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * Makes the class of answers that carry some headers, unless an answer has its own. They are put where every head of an
 * answer is written, also one that Node writes by itself, so that nobody can forget them; headers that are set before
 * that, one by one, would have Node take a slower way for all.
 */
export function responsesWith(headers: Readonly<Record<string, string>>) {
  const names: ReadonlySet<string> = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  return class GuardedResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
    override writeHead(status: number, reason?: string | Given, more?: Given): this {
      const text = (typeof reason === 'string' ? reason : undefined) as string;
      const given = more ?? (typeof reason === 'string' ? undefined : reason);
      if (!Array.isArray(given) && !hasAny(given, names) && this.getHeaderNames().length === 0) {
        return super.writeHead(status, text, { ...headers, ...given });
      }
      for (const [name, value] of Object.entries(headers)) if (!this.hasHeader(name)) this.setHeader(name, value);
      return super.writeHead(status, text, given);
    }
  };
}

function hasAny(headers: OutgoingHttpHeaders | undefined, names: ReadonlySet<string>): boolean {
  for (const name in headers) if (names.has(name.toLowerCase())) return true;
  return false;
}
