import type { Client } from '../../client/client.ts';
import { type ExitCode, UsageError } from './exitCodes.ts';
import type { Listing, OutputChoice } from './output/listing.ts';
import type { Choice, Environment } from './servers.ts';

/** What of a terminal there is. */
export type Terminal = {
  /** Whether the user can be asked: input and talk are on a terminal. */
  canAsk: boolean;
  /** Whether data goes to a terminal. */
  isOutput: boolean;
  /** Whether talk goes to a terminal. */
  isTalk: boolean;
  /** Columns of it; 80 where there is none. Changes with its size. */
  readonly width: number;
  readonly height: number;
  /** Whether data may have colours: a terminal, without NO_COLOR. */
  color: boolean;
};

/** What a verb works with. */
export type Context = {
  /** The client of the server that was chosen; it is made, and its code loaded, when it is first asked for. @throws UsageError */
  client(): Promise<Client>;
  /** Which server that is. @throws UsageError */
  server(): Choice;
  env: Environment;
  terminal: Terminal;
  /** How data is printed: `-o`, `--columns`, `--no-header`. */
  output: OutputChoice;
  /** Ends what is under way: Ctrl-C. */
  signal: AbortSignal;
  /** Writes data to standard output, as it is. */
  write(text: string | Uint8Array): void;
  /** Writes a line of data. */
  print(line: string): void;
  /** Resolves when there is room for more data: a reader that is slow is waited for. */
  drained(): Promise<void>;
  /** Writes a line for people to standard error. */
  say(line: string): void;
  /** What the exit code is from now on, also where the reader of the data goes away before it has all. */
  decide(code: ExitCode): void;
  /**
   * Prints rows in the format that was asked for. @param output instead of that.
   * @throws UsageError for a column that there is not.
   */
  show<Row extends object>(listing: Listing<Row>, output?: OutputChoice): Promise<void>;
  /**
   * Asks whether to go on. `--yes` answers it. @throws UsageError when it cannot be asked: without a terminal there is
   * never a question.
   */
  confirm(question: string): Promise<boolean>;
  /** Asks for a line; `hidden`: what is typed is not shown. @throws UsageError without a terminal. */
  ask(question: string, options?: { hidden?: boolean }): Promise<string>;
};

/** What is refused instead of a question where there is no terminal. */
export function cannotAsk(question: string): UsageError {
  return new UsageError(`${question} There is no terminal to answer on`, 'say it with --yes');
}
