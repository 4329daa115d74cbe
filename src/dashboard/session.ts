import { type Client, createClient } from '../client/index.ts';
import type { CallerAnswer } from '../schemas/server/caller.ts';

/** The server, and as what it knows the reader of this page. */
export type Session = { client: Client; caller: CallerAnswer; token: string | null };

const KEY = 'evald.token';

/** The token of this tab: it is gone with it, and stands in no address. */
export const keptToken = (): string | null => sessionStorage.getItem(KEY);

/** Forgets the token. */
export const forgetToken = (): void => sessionStorage.removeItem(KEY);

/**
 * Asks the server as what it knows a token, and keeps it for this tab when it does.
 * @throws ClientError `unauthorized` when a token is needed, or another one; `unreachable`. TypeError when it can be no token.
 */
export async function openSession(token: string | null): Promise<Session> {
  const client = createClient({ server: serverAddress(), token: token ?? undefined, fetch: fetchAlone });
  const caller = await client.caller();
  if (token !== null) sessionStorage.setItem(KEY, token);
  return { client, caller, token };
}

/** Where the server answers: where the page came from, which may be below a path of a proxy. */
export function serverAddress(): string {
  return new URL('.', window.location.href.split('#', 1)[0]).href;
}

/** Sends nothing but what the page sends: with credentials of the browser, a refusal would open its own dialogue for a password. */
const fetchAlone: typeof fetch = (input, init) => fetch(input, { ...init, credentials: 'omit' });
