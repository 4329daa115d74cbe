import { ClientError } from '../../client/errors.ts';
import { UsageError } from './exitCodes.ts';
import { plain } from './output/cells.ts';

/**
 * What was thrown, as lines for people: what happened and which field, what is allowed, and the command that mends it.
 * @returns undefined for a fault of evald itself.
 */
export function errorLines(error: unknown): string[] | undefined {
  if (error instanceof UsageError) return [error.message, ...mend(error.mend)];
  if (!(error instanceof ClientError)) return undefined;
  const { fault } = error;
  switch (fault.code) {
    case 'interrupted':
      return [];
    case 'unauthorized':
      return [plain(error.message), ...mend('evald login, or EVALD_TOKEN')];
    case 'forbidden':
      // Of a folder or a model that the operator does not allow no token is in the way.
      return [
        plain(error.message),
        ...(/ the role \w/.test(fault.detail)
          ? mend('evald login with a token of another role (evald token create)')
          : []),
      ];
    case 'unreachable':
      return [
        plain(error.message),
        ...mend('evald doctor; is it another server? --server, EVALD_SERVER, evald config'),
      ];
    case 'notEvald':
      return [plain(error.message), ...mend('evald doctor; is it the right address?')];
    case 'unavailable': {
      const when = fault.retryAfter === null ? 'later' : `in ${fault.retryAfter} s`;
      return [plain(error.message), ...mend(`the same again ${when}`)];
    }
    case 'refused':
      return fault.fields.length === 0 ? [plain(error.message)] : fault.fields.map(fieldLine);
    case 'notFound':
    case 'timedOut':
      return [plain(error.message)];
  }
}

function fieldLine({ loc, msg }: { loc: readonly (string | number)[]; msg: string }): string {
  const field = loc.slice(1).join('.');
  return plain(field === '' || msg.includes(`\`${loc[1]}`) ? msg : `${field}: ${msg}`);
}

const mend = (command: string | undefined): string[] => (command === undefined ? [] : [`Try: ${command}`]);
