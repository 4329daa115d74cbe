import { z } from 'zod';
import { errorBodySchema, type InvalidField, invalidRequestSchema } from '../schemas/errors/errorBody.ts';
import { readAnswer } from './answers.ts';
import { ClientError, type ClientFault } from './errors.ts';
import type { Target } from './target.ts';

const refusalSchema = z.union([invalidRequestSchema, errorBodySchema]);

/** Makes an error of an answer that is a refusal. */
export async function readRefusal(answer: Response, { hide, name }: Target): Promise<ClientError> {
  const { status } = answer;
  const read = readDetail(hide(await answer.text()));
  if (read === null) {
    // A proxy that has no server behind it.
    if (status >= 502 && status <= 504) {
      return new ClientError(
        { code: 'unreachable', isLost: true },
        `${name} cannot be reached: a proxy answers ${status}`,
      );
    }
    if (status !== 401 && status !== 403) {
      return new ClientError({ code: 'notEvald', status }, `${name} does not answer as evald does: status ${status}`);
    }
  }
  const { detail, fields } = read ?? { detail: `${name} answers ${status}`, fields: [] };
  return new ClientError(faultOf(status, detail, fields, answer.headers), detail);
}

function readDetail(text: string): { detail: string; fields: readonly InvalidField[] } | null {
  try {
    const { detail } = readAnswer(refusalSchema, text);
    if (typeof detail === 'string') return { detail, fields: [] };
    return { detail: detail.map(({ msg }) => msg).join('; '), fields: detail };
  } catch {
    return null;
  }
}

function faultOf(status: number, detail: string, fields: readonly InvalidField[], headers: Headers): ClientFault {
  switch (status) {
    case 401:
      return { code: 'unauthorized', status, detail };
    case 403:
      return { code: 'forbidden', status, detail };
    case 404:
      return { code: 'notFound', status, detail };
    case 429:
    case 503: {
      const seconds = headers.get('retry-after');
      return { code: 'unavailable', status, detail, retryAfter: seconds === null ? null : Number(seconds) };
    }
    default:
      return { code: 'refused', status, detail, fields };
  }
}
