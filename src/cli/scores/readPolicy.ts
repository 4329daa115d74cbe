import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { errorCode } from '../../errors.ts';
import { type GatePolicy, gatePolicySchema, taskPolicySchema } from '../../schemas/scores/gate.ts';
import { UsageError } from '../frame/exitCodes.ts';
import { plain } from '../frame/output/cells.ts';
import { didYouMean } from '../frame/suggest.ts';

/** Characters of a policy: a thousand tasks with long names take less. */
const MOST = 1_024 * 1_024;

/**
 * The policy of a gate from a file, or from standard input (`-`): YAML, of which JSON is a part.
 * @throws UsageError that names the file, the field, and what is allowed.
 */
export async function readPolicy(file: string): Promise<GatePolicy> {
  const name = `--policy ${file}`;
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${errorCode(error)}`);
  }
  if (text.length > MOST) throw new UsageError(`${name} is longer than ${MOST} characters`);
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new UsageError(plain(`${name}: ${error.message.split('\n', 1)[0]?.replace(/:$/, '')}`));
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new UsageError(`${name}: its aliases stand for too much`);
  }
  return parsePolicy(name, value);
}

/** A policy as the server takes it. @param name where it came from. @throws UsageError */
export function parsePolicy(name: string, value: unknown): GatePolicy {
  const read = gatePolicySchema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new UsageError(plain(`${name}: ${issue === undefined ? 'it is no policy' : issueText(issue)}`));
}

function issueText(issue: z.core.$ZodIssue): string {
  const { path, code } = issue;
  const field = path.map(String).join('.');
  const known = Object.keys(path.length === 0 ? gatePolicySchema.shape : taskPolicySchema.shape);
  if (code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return `${[...path.map(String), key].join('.')}: there is no such field${didYouMean(key, known)}; allowed are ${known.join(', ')}`;
  }
  if (code === 'invalid_type' && issue.expected !== 'number' && issue.expected !== 'string') {
    const wanted = path.length < 2 ? '{ tasks: { NAME: { max_drop: 0.01 } } }' : '{ max_drop: 0.01 }';
    return `${field === '' ? 'the policy' : `\`${field}\``} should be an object, as ${wanted}`;
  }
  return field === '' || issue.message.includes(`\`policy.${field}\``) ? issue.message : `${field}: ${issue.message}`;
}
