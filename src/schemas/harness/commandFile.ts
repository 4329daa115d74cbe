import { z } from 'zod';
import { errorMessage } from '../../errors.ts';
import { distributedVariables, keptVariables } from '../engine/variables.ts';
import { runLimits } from '../values/limits.ts';
import { alwaysKnown, type PlaceholderName, parseWord, placeholdersIn } from './commandTemplate.ts';

const MOST_WORDS = 1_000;
const MOST_VARIABLES = 200;
const LONGEST_WORD = 10_000;

const badWords = (field: string) =>
  `\`${field}\` should be a list of 1 to ${MOST_WORDS} words, never one text for a shell`;
const badWord =
  'each word should be a text, or a whole number; in YAML a word that begins with a brace has to be quoted: "{output}"';
const longWord = `a word should have at most ${LONGEST_WORD} characters`;
const emptyProgram = 'the first word should be a program: its name, or its path';
const badEnv = '`env` should be an object of variables, as {HF_HOME: /models}';
const badVariable = 'a variable should be a text, or a whole number; quote what YAML reads as something else';
const badName = 'the name of a variable should be letters, digits and "_", and not begin with a digit';
const keptName =
  'this variable is of evald, or makes a run take itself for a part of a distributed one: it cannot be set';
const badProgress =
  '`progress` should be a regular expression of 1 to 1000 characters, as "(?<done>\\d+) of (?<total>\\d+)"';
const badDirections = '`higher_is_better` should be an object of metrics, as {acc: true, loss: false}';
const badDirection = 'the direction of a metric should be true, where higher is better, or false';
const badVersion = '`version` should be a text of 1 to 100 characters; quote what YAML reads as a number';

/** A text, or a whole number, which YAML reads in `--seed, 1`. */
const plain = (message: string) =>
  z.union([z.string(), z.int()], message).transform(String).pipe(z.string().max(LONGEST_WORD, longWord));

const words = (field: string, allowed?: readonly string[]) =>
  z
    .array(
      plain(badWord).superRefine((word, context) => {
        if (word.includes('\0')) return context.addIssue({ code: 'custom', message: 'a word cannot have a NUL' });
        try {
          parseWord(word, allowed);
        } catch (error) {
          context.addIssue({ code: 'custom', message: `the word ${JSON.stringify(word)} ${errorMessage(error)}` });
        }
      }),
      badWords(field),
    )
    .min(1, badWords(field))
    .max(MOST_WORDS, badWords(field))
    .refine(([program]) => program !== undefined && /^(\{here\}\/)?[^{}]+$/.test(program), {
      message: emptyProgram,
      path: [0],
    });

const hasOutput = 'the command should have {output}: without it a program cannot know where its results belong';
const hasModel = 'the command should have {model} or {config}: else every model would get the numbers of the same one';

const commandSchema = words('command')
  .refine((all) => hasOneOf(all, ['output']), hasOutput)
  .refine((all) => hasOneOf(all, ['model', 'config']), hasModel);

/** Of words that cannot be taken apart something else is said. */
function hasOneOf(all: readonly string[], names: readonly PlaceholderName[]): boolean {
  try {
    const found = placeholdersIn(all);
    return names.some((name) => found.has(name));
  } catch {
    return true;
  }
}

const envSchema = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z_]\w{0,199}$/, badName)
      .refine((name) => ![...keptVariables, ...distributedVariables].includes(name), keptName),
    plain(badVariable).refine((value) => !value.includes('\0'), 'a variable cannot have a NUL'),
    badEnv,
  )
  .refine(
    (env) => Object.keys(env).length <= MOST_VARIABLES,
    `\`env\` should have at most ${MOST_VARIABLES} variables`,
  );

const directionsSchema = z
  .record(z.string(), z.boolean(badDirection), badDirections)
  .refine(
    (directions) => Object.keys(directions).length <= runLimits.metrics,
    `\`higher_is_better\` should have at most ${runLimits.metrics} metrics`,
  );

/** A harness that is any command: what `--command-harness NAME=FILE` names. */
export const commandFileSchema = z.strictObject(
  {
    command: commandSchema.describe('The program and its words, with placeholders for what a request asks'),
    env: envSchema.default({}).describe('Variables for it, beside those that every run gets'),
    progress: z
      .string(badProgress)
      .min(1, badProgress)
      .max(1_000, badProgress)
      .nullable()
      .default(null)
      .describe('A regular expression with the groups done and total, and phase if it likes, for lines of its output'),
    list_tasks: words('list_tasks', alwaysKnown)
      .nullable()
      .default(null)
      .describe('A program, and its words, that writes the names of the tasks, one a line'),
    higher_is_better: directionsSchema
      .default({})
      .describe('Of metrics, by name, whether higher is better: where the results do not say it'),
    version: z
      .string(badVersion)
      .min(1, badVersion)
      .max(100, badVersion)
      .nullable()
      .default(null)
      .describe('The version that its numbers carry'),
  },
  'the file should be an object with a `command`',
);

export type CommandFile = z.infer<typeof commandFileSchema>;
