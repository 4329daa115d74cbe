import type { Context } from '../frame/context.ts';
import type { ExitCode } from '../frame/exitCodes.ts';
import type { Flag } from '../frame/flag.ts';
import type { Format } from '../frame/output/listing.ts';

/** The flags of a verb, by their names in camel case: `dryRun` is `--dry-run`. */
export type Flags = { readonly [name: string]: Flag<unknown> };

/** What was given of them: of those that may be given several times a list, of the others undefined when they were not. */
export type Given<F extends Flags> = { readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never };

/** A verb of the command line as a client. Its name, group and line in the help of evald stand in `verbs.ts`. */
export type Verb<F extends Flags = Flags> = {
  /** What stands behind the verb: `ID…`. */
  usage: string;
  /** How many words it takes, least and most. */
  words: readonly [least: number, most: number];
  /** What it does, in one or two lines of the help. */
  about: string;
  /** Command lines that work. */
  examples: readonly string[];
  /** Flags of its own; `--server`, `--yes` and those of the output are there for all that have `output`. */
  flags: F;
  /** Whether it prints rows or a document: then it has -o, --columns and --no-header. */
  output: boolean;
  /** Whether -o takes parquet too. */
  parquet?: true;
  /** The format where -o is not given; a table if left out. */
  format?: Format;
  /**
   * Does it. Data goes to `context.print` or `context.show`, talk to `context.say`.
   * @returns the exit code; 0 when it returns nothing. @throws UsageError, ClientError
   */
  run(context: Context, words: readonly string[], given: Given<F>): Promise<ExitCode | undefined>;
};

/** Gives a verb the types of its own flags. */
export function defineVerb<const F extends Flags>(verb: Verb<F>): Verb {
  return verb as unknown as Verb;
}
