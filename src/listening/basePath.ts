/** What a request's target is to a server that answers below a path. */
export type Below =
  /** It is below: what follows the path, as a target of its own. */
  | { kind: 'below'; target: string }
  /** It is the path itself, without the slash by which relative addresses of the page lead below it: where it is with one. */
  | { kind: 'root'; location: string }
  | { kind: 'beyond' };

/**
 * Reads a target as it stands in a request line, a path or a whole URL.
 * @param base the path: `/evald`, without a slash at its end.
 */
export function targetBelow(base: string, target: string): Below {
  const [, origin = '', path = target] = /^([a-z][a-z\d+.-]*:\/\/[^/?#]*)(.*)$/is.exec(target) ?? [];
  if (!path.startsWith(base)) return { kind: 'beyond' };
  const rest = path.slice(base.length);
  if (rest.startsWith('/')) return { kind: 'below', target: origin + rest };
  if (rest === '' || rest.startsWith('?')) return { kind: 'root', location: `${base}/${rest}` };
  return { kind: 'beyond' };
}

/** The refusal of what is beyond the path. */
export const beyondBase = (base: string): string => `Not Found: this server answers below ${base}/ (--base-path)`;
