import { dirname, resolve } from 'node:path';
import type { Document, LineCounter, Node, Pair } from 'yaml';
import type { z } from 'zod';
import { readYamlFile } from '../../../files/readYamlFile.ts';
import { type CommandFile, commandFileSchema } from '../../../schemas/harness/commandFile.ts';
import { startFolder } from '../../folders/workingFolder.ts';
import { compileProgress } from './progress.ts';

/** A command that the operator has named. */
export type NamedCommand = {
  /** As jobs name it: `command:mine`. */
  name: string;
  /** The file that has it, absolute, and its folder. */
  file: string;
  folder: string;
  content: CommandFile;
};

/** Faults that are named. */
const MOST_NAMED = 5;

/**
 * Reads the file of a command: YAML, of which JSON is a part.
 * @param name the part after `command:`. @param file path, from where the server was started.
 * @throws Error with the file and, of each fault, the line, the field, and what is allowed.
 */
export async function readCommandFile(name: string, file: string): Promise<NamedCommand> {
  const path = resolve(startFolder, file);
  const text = (line: number | null) => (line === null ? `${path}: ` : `${path}, line ${line}: `);
  const { value, document, lines } = await readYamlFile(path, { file: path, text });
  const read = commandFileSchema.safeParse(value);
  if (!read.success) {
    const faults = read.error.issues.slice(0, MOST_NAMED).flatMap((issue) => faultsOf(issue, value));
    throw new Error(
      faults.map(({ path: field, what }) => `${placeOf(path, document, lines, field)}: ${what}`).join('; '),
    );
  }
  const { progress } = read.data;
  if (progress !== null) {
    await compileProgress(progress).catch((fault: Error) => {
      throw new Error(`${placeOf(path, document, lines, ['progress'])}: \`progress\` ${fault.message}`);
    });
  }
  return { name: `command:${name}`, file: path, folder: dirname(path), content: read.data };
}

type FieldPath = readonly (string | number)[];

/** What is wrong, and where: of names that there are not the name itself. */
function faultsOf({ path, message, ...issue }: z.core.$ZodIssue, value: unknown): { path: FieldPath; what: string }[] {
  const field = path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(commandFileSchema.shape).join(', ');
    return issue.keys.map((key) => ({
      path: [key],
      what: `\`${key}\`: there is no such field; there are ${known}`,
    }));
  }
  if (field.length === 0) return [{ path: field, what: message }];
  if (field.length === 1 && field[0] === 'command' && !Object.hasOwn(value as object, 'command')) {
    return [{ path: [], what: `\`command\` is missing; ${message}` }];
  }
  // The fault of the name of a variable stands one deeper.
  const what = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? message) : message;
  const shown = field.map((part, depth) => (typeof part === 'number' ? `[${part}]` : `${depth > 0 ? '.' : ''}${part}`));
  const named = `\`${shown.join('')}\``;
  return [{ path: field, what: what.startsWith(named) ? what : `${named}: ${what}` }];
}

/** The file and the line of a field, of one that is not there that of what should have it. */
function placeOf(file: string, document: Document.Parsed, lines: LineCounter, path: FieldPath): string {
  const offset = offsetOf(document, path);
  return offset === null ? file : `${file}, line ${lines.linePos(offset).line}`;
}

function offsetOf({ contents }: Document.Parsed, path: FieldPath): number | null {
  let node: unknown = contents;
  let found = contents?.range?.[0] ?? null;
  for (const part of path) {
    const items = (node as { items?: unknown[] } | null)?.items;
    const item =
      typeof part === 'number'
        ? items?.[part]
        : items?.find((one) => String((one as Pair<Node | null> | null)?.key) === part);
    if (item === undefined || item === null) break;
    const [holder, next] = 'key' in (item as object) ? [(item as Pair).key, (item as Pair).value] : [item, item];
    found = (holder as Node | null)?.range?.[0] ?? found;
    node = next;
  }
  return found;
}
