import { UsageError } from './exitCodes.ts';

/** A flag of a verb: how it is written, what it is for, and how what was given is read. */
export type Flag<T> = {
  /** What stands for its value; null: it has none. */
  value: string | null;
  help: string;
  /** One letter: `w` is `-w`. */
  short?: string | undefined;
  /** Is named in the help among others of its kind, without a line of its own. */
  brief?: true | undefined;
  /** The values that it may have, where those are few. */
  allowed?: readonly string[] | undefined;
  /** Whether it may be given several times. */
  many: boolean;
  /** Reads all that was given, in order; a flag without a value gives `true`. @throws UsageError */
  read(name: string, texts: readonly string[]): T;
};

type More = { short?: string; brief?: true };

/** A text, the last one that was given. */
export const text = (value: string, help: string, more: More = {}): Flag<string | undefined> => ({
  ...{ value, help, many: false },
  ...more,
  read: (_, texts) => texts.at(-1),
});

/** Texts, as many as are given. */
export const texts = (value: string, help: string, more: More = {}): Flag<readonly string[]> => ({
  ...{ value, help, many: true },
  ...more,
  read: (_, given) => given,
});

/** A finite number, the last one that was given. */
export const number = (value: string, help: string, more: More = {}): Flag<number | undefined> => ({
  ...{ value, help, many: false },
  ...more,
  read: (name, given) => {
    const last = given.at(-1);
    if (last === undefined) return undefined;
    const number = last.trim() === '' ? Number.NaN : Number(last);
    if (!Number.isFinite(number)) throw new UsageError(`${name} should be a number, not ${JSON.stringify(last)}`);
    return number;
  },
});

/** One of several texts. */
export const choice = <const T extends string>(
  allowed: readonly T[],
  help: string,
  more: More & { value?: string } = {},
): Flag<T | undefined> => ({
  ...{ value: more.value ?? allowed.join('|'), allowed, help, many: false, short: more.short, brief: more.brief },
  read: (name, given) => {
    const last = given.at(-1);
    const found = allowed.find((each) => each === last);
    if (last !== undefined && found === undefined) {
      throw new UsageError(`${name} should be one of ${allowed.join(', ')}, not ${JSON.stringify(last)}`);
    }
    return found;
  },
});

/** A switch. */
export const toggle = (help: string, more: More = {}): Flag<boolean> => ({
  ...{ value: null, help, many: false },
  ...more,
  read: (_, given) => given.length > 0,
});

const UNIT = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** A span of time as seconds: `90`, `90s`, `15m`, `2h`, `1d`. */
export const duration = (value: string, help: string, more: More = {}): Flag<number | undefined> => ({
  ...{ value, help, many: false },
  ...more,
  read: (name, given) => {
    const last = given.at(-1);
    if (last === undefined) return undefined;
    const [, count, unit = 's'] = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)?$/.exec(last) ?? [];
    if (count === undefined) {
      throw new UsageError(`${name} should be a time as 90, 90s, 15m, 2h or 1d, not ${JSON.stringify(last)}`);
    }
    return Number(count) * UNIT[unit as keyof typeof UNIT];
  },
});

/** `dryRun` as `--dry-run`. */
export const flagName = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (upper) => `-${upper.toLowerCase()}`)}`;
