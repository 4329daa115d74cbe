import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { readHostname, type ServedHosts } from './hostCheck.ts';
import type { Check } from './requestChecks.ts';

export type BrowserRules = {
  servedHosts: ServedHosts;
  /** Origins, exactly, whose pages may call. */
  corsOrigins: readonly string[];
};

/** What pages of allowed origins may send and read beyond what every page may. */
const allowedMethods = 'GET, HEAD, POST, PATCH, DELETE';
const allowedHeaders = 'Authorization, Content-Type, Idempotency-Key, If-None-Match, If-Range, Last-Event-ID, Range';
const exposedHeaders = 'Accept-Ranges, Allow, Content-Disposition, Content-Range, ETag, Retry-After, WWW-Authenticate';
/** Seconds for which a browser may remember what it was allowed. */
const PREFLIGHT_AGE = '600';

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Lets no page of another site use its visitor's browser to reach us: neither by a name of its own for our address, nor
 * by a form, a script, an image. Programs send none of the headers that are looked at here, but Host.
 */
export function originCheck({ servedHosts, corsOrigins }: BrowserRules): Check {
  const allowed: ReadonlySet<string> = new Set(corsOrigins);
  return (c) => {
    const host = c.req.header('host');
    return refuseHost(c, host, servedHosts) ?? refusePage(c, host ?? 'localhost', allowed);
  };
}

/** Lets pages of some origins read the answers (CORS). No cookie and no remembered password comes with their requests. */
export function shareWith(corsOrigins: readonly string[]): MiddlewareHandler {
  const origins: ReadonlySet<string> = new Set(corsOrigins);
  return async (c, next) => {
    const origin = c.req.header('origin') ?? '';
    if (origins.has(origin) && isPreflight(c)) {
      c.res = c.body(null, 204, {
        'Access-Control-Allow-Methods': allowedMethods,
        'Access-Control-Allow-Headers': allowedHeaders,
        'Access-Control-Max-Age': PREFLIGHT_AGE,
      });
    } else await next();
    // Also where no origin was sent: a cache must not hand that answer to a page.
    c.res.headers.append('Vary', 'Origin');
    if (!origins.has(origin)) return;
    c.res.headers.set('Access-Control-Allow-Origin', origin);
    c.res.headers.set('Access-Control-Expose-Headers', exposedHeaders);
  };
}

const isPreflight = (c: Context): boolean =>
  c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined;

function refuseHost(c: Context, host: string | undefined, servedHosts: ServedHosts): Response | null {
  // Programs of old, which speak HTTP/1.0, send none; browsers always do. A request line may name a host as well.
  if (host === undefined) return null;
  const target = hostOfTarget(c);
  return refuseName(c, host, servedHosts) ?? (target === null ? null : refuseName(c, target, servedHosts));
}

function refuseName(c: Context, name: string, servedHosts: ServedHosts): Response | null {
  const verdict = servedHosts(name);
  if (verdict === 'served') return null;
  if (verdict === 'unreadable') return c.json({ detail: 'The Host header cannot be understood' }, 400);
  const asked = cut(readHostname(name) ?? '');
  const detail = `This server is not known as ${asked}. Ask for it by another name, or start it with --allow-host ${asked}`;
  return c.json({ detail }, 421);
}

/** The host of a request line that is a whole URL, as proxies are sent; null when it is a path. */
function hostOfTarget(c: Context): string | null {
  const target = bindingsOf(c).incoming?.url ?? '/';
  return target.startsWith('/') ? null : new URL(c.req.url).host;
}

function refusePage(c: Context, host: string, allowed: ReadonlySet<string>): Response | null {
  const origin = c.req.header('origin');
  if (origin !== undefined) {
    const isSecure = c.req.url.startsWith('https:');
    if (judgeOrigin(origin, { host, isSecure, allowed }) !== 'foreign') return null;
    const detail = `Pages of ${JSON.stringify(cut(origin))} may not use this server; --cors-origin allows an origin`;
    return c.json({ detail }, 403);
  }
  const site = c.req.header('sec-fetch-site');
  if (site !== 'cross-site' && site !== 'same-site') return null;
  // A link may lead here from anywhere. Whatever else a page asks for, it names its origin, or has no use for an answer.
  if (c.req.header('sec-fetch-mode') === 'navigate' && reading.has(c.req.method)) return null;
  return c.json({ detail: 'Pages of other sites may not use this server; --cors-origin allows an origin' }, 403);
}

/** What Node knows of the request; nothing of it in a test without sockets. */
const bindingsOf = (c: Context): Partial<HttpBindings> => c.env ?? {};

const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

/** What an Origin header is to this server. */
type OriginVerdict = 'ours' | 'allowed' | 'foreign';

/** What pages come by. A file, an extension or a data URL is from nowhere. */
const webProtocols: ReadonlySet<string> = new Set(['http:', 'https:']);

/**
 * Judges where a page is from that sent a request. Ours is one that was loaded from where this request goes: the same
 * name and port as in its Host header. The scheme is ours to know only when we speak TLS ourselves; before a proxy
 * that does, it is either.
 * @param allowed exact origins. @param host the Host header, readable.
 */
export function judgeOrigin(
  origin: string,
  { host, isSecure, allowed }: { host: string; isSecure: boolean; allowed: ReadonlySet<string> },
): OriginVerdict {
  if (allowed.has(origin)) return 'allowed';
  const from = URL.parse(origin);
  // What is no origin (`null` of a sandbox, a path behind it) is not known.
  if (from === null || from.origin !== origin || !webProtocols.has(from.protocol)) return 'foreign';
  if (isSecure && from.protocol !== 'https:') return 'foreign';
  const asked = URL.parse(`${from.protocol}//${host}`);
  return asked !== null && asked.host === from.host ? 'ours' : 'foreign';
}
