import type { InvalidField } from '../errors/errorBody.ts';
import { surelyHasCredential } from './credentials.ts';
import { MASK } from './secrets.ts';

/** Fields that may have credentials: they are kept apart, or shown without. All others are shown as they are. */
const KEEPING: ReadonlySet<PropertyKey> = new Set(['model_args', 'gen_kwargs', 'callback_url']);
const MOST = 100;

/**
 * What is wrong with a body that has a credential (`name=value`, a URL with a password, `Bearer …`) in a text that is
 * shown, kept, or read by every user of the machine on a command line.
 * @param body as its schema has read it. @returns nothing when there is none.
 */
export function misplacedCredentials(body: object): InvalidField[] {
  const found: InvalidField[] = [];
  const path: (string | number)[] = [];
  const look = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) {
      const inner = value as { readonly [name: string]: unknown };
      for (const name of Object.keys(value)) {
        if (path.length === 0 && KEEPING.has(name)) continue;
        path.push(Array.isArray(value) ? Number(name) : name);
        look(inner[name]);
        path.pop();
      }
    } else if (typeof value === 'string' && found.length < MOST && surelyHasCredential(value)) {
      const msg = `\`${path[0]}\` should have no credential: it is shown to all who may read; give it in \`model_args\` or \`gen_kwargs\``;
      found.push({ type: 'value_error', loc: ['body', ...path], msg, input: MASK });
    }
  };
  look(body);
  return found;
}
