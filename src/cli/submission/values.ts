import type { JsonValue } from '../../schemas/values/json.ts';
import { readValue, splitList } from '../../text/values.ts';
import { UsageError } from '../frame/exitCodes.ts';

/** `a=1,b=x`, several times, as one object. @throws UsageError */
export function readPairs(
  flag: string,
  texts: readonly string[],
  { list }: { list: boolean },
): { [name: string]: JsonValue } {
  const pairs = texts.flatMap((text) => (list ? splitList(text) : [text]));
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined) {
        throw new UsageError(`${flag} should be NAME=VALUE, not ${JSON.stringify(pair)}`, 'evald submit --help');
      }
      return [name.trim(), readValue(value)];
    }),
  );
}
