import { spawn } from 'node:child_process';
import { errorCode, errorMessage } from '../../errors.ts';
import { type Resources, RunError } from '../../machines/ports/runner.ts';
import type { Fault } from '../../schemas/errors/errors.ts';
import { splitSecrets } from '../../schemas/secrets/secretRequest.ts';
import type { EvaluateRequest } from '../../schemas/submission/evaluateRequest.ts';
import type { Harness, HarnessCheck } from '../harnesses/contract.ts';
import type { NameCheck } from './names.ts';

export type ChecksDependencies = {
  harness: Pick<Harness, 'check' | 'command' | 'alwaysConfig'>;
  /** The whole environment of a run. */
  env: Readonly<Record<string, string>>;
  /** Looks names up; absent: they are not looked at. */
  names?: NameCheck | undefined;
  /** Milliseconds that a submission waits for a harness that is not ready to be asked. */
  patience?: number;
};

/** A request with its credentials, and where it would be run. */
export type ToCheck = {
  request: EvaluateRequest;
  /** Absolute path of the folder for its results. */
  output: string;
  /** Where its arguments would stand instead of the command line, if one is a credential. */
  configFile: string;
};

const PATIENCE = 5_000;

/** Holds what was asked against what would run: when it is submitted, and once more before it is launched. */
export function createChecks({ harness, env, names, patience = PATIENCE }: ChecksDependencies) {
  const bytesOfEnv = bytesOf(variablesOf(env));

  const ofAll = async (asked: ToCheck, ofHarness: Promise<HarnessCheck>): Promise<HarnessCheck> => {
    // Side by side: both look for the program, and share the look.
    const [{ faults, warnings, unread }, fault] = await Promise.all([ofHarness, faultOfCommand(asked)]);
    return { faults: faults.length > 0 || fault === null ? faults : [fault], warnings, unread };
  };

  const commandOf = ({ request, output, configFile }: ToCheck): Promise<readonly string[]> => {
    const { request: masked, secrets } = splitSecrets(request);
    return harness.command(masked, output, secrets === null && harness.alwaysConfig !== true ? undefined : configFile);
  };

  const faultOfCommand = async (asked: ToCheck): Promise<Fault | null> => {
    const { request } = asked;
    // That it cannot be run at all is the launch's to say.
    const command = await commandOf(asked).catch(() => null);
    if (command === null) return null;
    const hasNul = command.some((word) => word.includes('\0'));
    // What surely fits need not be taken apart.
    if (!hasNul && bytesOf(command) + bytesOfEnv < ALWAYS_FITS) return null;
    const words = command.flatMap((word) => {
      const [, name] = /^--(\w+)=/.exec(word) ?? [];
      return name !== undefined && name in request ? [{ name, word }] : [];
    });
    const broken = words.find(({ word }) => word.includes('\0'));
    if (broken !== undefined)
      return faultIn(request, broken.name, 'has a NUL character, which no command line can have');
    if (await fitsCommandLine(command, env)) return null;
    const byLength = (all: { name: string; word: string }[]) =>
      all.toSorted((a, b) => b.word.length - a.word.length)[0];
    // Words of a command need not name what is in them.
    const longest = byLength(words) ?? byLength(textsOf(request));
    if (longest === undefined) return null;
    const bytes = Buffer.byteLength(longest.word);
    const what = `is too long for a command line of this system (${bytes} bytes here; one argument can mostly have 131071, all of them and the environment about two million); name a group of tasks, send several requests, or have the model read it from a file`;
    return faultIn(request, longest.name, what);
  };

  return {
    /** The command it would come to, without its credentials. @throws as that of the harness. */
    command: commandOf,

    /**
     * What a submission would come to. A harness that cannot be asked is no fault of it: it is taken, with a warning,
     * and asked about again before its launch.
     */
    async submission(asked: ToCheck): Promise<{ faults: Fault[]; warnings: string[] }> {
      const [read, named] = await Promise.all([
        ofAll(asked, within(patience, harness.check(asked.request, asked.output))),
        names?.ofSubmission(asked.request),
      ]);
      const unread =
        read.unread === null
          ? []
          : [
              `it could not be checked that this would run as it was asked (${read.unread}); it is checked before it runs`,
            ];
      return {
        faults: [...read.faults, ...(named?.faults ?? [])],
        warnings: [...read.warnings, ...(named?.warnings ?? []), ...unread],
      };
    },

    /**
     * Checks what is about to be launched: it may have been queued by an earlier version, or another harness may have been
     * installed since. @returns what the client should know. @throws UnavailableError when
     * there is no harness to ask, RunError when something else would run, or that cannot be known.
     */
    async launch(asked: ToCheck): Promise<string[]> {
      const { faults, warnings, unread } = await ofAll(asked, harness.check(asked.request, asked.output));
      const unknown = (await names?.ofLaunch(asked.request)) ?? [];
      const [fault] = [...faults, ...unknown];
      if (fault !== undefined) throw new RunError(`it would not run as it was asked: ${fault.message}`);
      if (unread !== null) throw new RunError(`it is not known whether it would run as it was asked: ${unread}`);
      return warnings;
    },
  };
}

/** A job may have been submitted when there were more devices. @throws RunError when it can never have what it asks for. */
export function refuseImpossible({ gpus, devices }: Resources): void {
  if (devices === null || devices.length >= gpus) return;
  throw new RunError(`it asks for ${gpus} GPUs (num_gpus), and this server has fewer to give (--gpus)`);
}

/** Each field as a text. */
const textsOf = (request: EvaluateRequest): { name: string; word: string }[] =>
  Object.entries(request).map(([name, value]) => ({ name, word: JSON.stringify(value) }));

function faultIn(request: EvaluateRequest, name: string, what: string): Fault {
  const input = Object.entries(request).find(([field]) => field === name)?.[1];
  return { path: [name], input: Array.isArray(input) ? input.join(',') : input, message: `\`${name}\` ${what}` };
}

/** A check, or what is to be said when it takes too long. */
async function within(patience: number, check: Promise<HarnessCheck>): Promise<HarnessCheck> {
  const late = Promise.withResolvers<HarnessCheck>();
  const timer = setTimeout(() => {
    late.resolve({ faults: [], warnings: [], unread: 'the harness has not answered yet' });
  }, patience);
  try {
    return await Promise.race([check, late.promise]);
  } catch (error) {
    return { faults: [], warnings: [], unread: errorMessage(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Bytes that every system takes: Linux gives at least 128 KiB to all arguments and variables together. */
const ALWAYS_FITS = 100_000;
/** Bytes for what a backend adds: its launcher, marks and devices. */
const ADDED = 'x'.repeat(8_192);

/**
 * Whether this system can start a program with these words and this environment. The system itself is asked, by starting
 * a shell that does nothing, for its limits are several and depend on the stack's. Of what surely fits nothing is asked.
 */
export async function fitsCommandLine(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  if (bytesOf([...command, ...variablesOf(env)]) < ALWAYS_FITS) return true;
  try {
    const child = spawn('/bin/sh', ['-c', ':', ADDED, ...command], { env, stdio: 'ignore' });
    return await new Promise((resolve) => {
      child.once('error', (error) => resolve(errorCode(error) !== 'E2BIG'));
      child.once('spawn', () => resolve(true));
    });
  } catch (error) {
    return errorCode(error) !== 'E2BIG';
  }
}

const variablesOf = (env: Readonly<Record<string, string>>) =>
  Object.entries(env).map(([name, value]) => `${name}=${value}`);

/** Each is followed by a NUL, and found by an address. */
const bytesOf = (words: readonly string[]): number => words.reduce((sum, word) => sum + Buffer.byteLength(word) + 9, 0);
