import { readFile } from 'node:fs/promises';
import type { Document, LineCounter } from 'yaml';
import { fileFault } from '../errors.ts';

/** Characters of a file: what is longer is something else. */
const MOST = 256 * 1_024;

/** What a file has, and where in it. */
export type YamlFile = { value: unknown; document: Document.Parsed; lines: LineCounter };

/** How messages begin: of the file, and of its text, in a line or as a whole (null). */
export type YamlMessages = { file: string; text: (line: number | null) => string };

/**
 * Reads a file that an operator has written: YAML, of which JSON is a part.
 * @throws Error that says what is wrong, and in which line.
 */
export async function readYamlFile(path: string, begins: YamlMessages): Promise<YamlFile> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new Error(`${begins.file} cannot be read: ${fileFault(error)}`);
  });
  if (text.length > MOST) throw new Error(`${begins.file} has more than ${MOST} characters`);
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new Error(`${begins.text(lines.linePos(error.pos[0]).line)}${error.message.split('\n', 1)[0]}`);
  }
  try {
    return { value: document.toJS({ maxAliasCount: 100 }), document, lines };
  } catch {
    throw new Error(`${begins.text(null)}its aliases stand for too much`);
  }
}
