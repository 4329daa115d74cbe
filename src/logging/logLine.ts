/** Characters of a message that are written; what is shown of one of them may be six. */
const MOST_WRITTEN = 4_000;

/** A line of the log for a person. Of a long message the beginning is written, and how much is left out. */
export function logLine(level: string, message: string): string {
  return `${new Date().toISOString()} ${level} ${cutMessage(message).replace(OBEYED, visible)}\n`;
}

/** The beginning of a long message, and how much is left out. */
export function cutMessage(message: string): string {
  const left = message.length - MOST_WRITTEN;
  return left > 0
    ? `${message.slice(0, MOST_WRITTEN).toWellFormed()}… (${left} more characters are left out)`
    : message;
}

/** Control characters, those that set directions, and separators of lines and paragraphs. */
export const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

function visible(char: string): string {
  const code = char.charCodeAt(0).toString(16);
  if (char === '\n') return '\\n';
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
}
