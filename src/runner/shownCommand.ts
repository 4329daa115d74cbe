import { sensitivityOf } from '../schemas/secrets/credentials.ts';
import { MASK, maskText } from '../schemas/secrets/secrets.ts';
import type { Redactor } from '../security/redaction/redactor.ts';

/**
 * The words of a command as all may see them. A run's own credentials are not among them; the operator's extra arguments
 * may have some: `--api-key=…`, or `--api-key` and the key behind it.
 * @param redactor what is not to be seen of the environment of runs; null: nothing.
 */
export function shownCommand(command: readonly string[], redactor: Redactor | null): string[] {
  return command.map((word, at) => {
    const [, option = ''] = /^--?([\w.-]+)$/.exec(command[at - 1] ?? '') ?? [];
    if (option !== '' && !word.startsWith('-') && sensitivityOf(option) !== null) return MASK;
    const masked = maskText(word);
    return redactor === null ? masked : redactor.text(masked);
  });
}
