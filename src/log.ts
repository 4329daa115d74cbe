/** Where the server writes what it does: one line an event. */
export type Log = {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
};

/** A log of lines `time LEVEL message` on standard error. Control characters in a message are shown, not obeyed. */
export function createLog(write: (line: string) => void = (line) => process.stderr.write(line)): Log {
  const line = (level: string) => (message: string) =>
    write(`${new Date().toISOString()} ${level} ${message.replace(/\p{Cc}/gu, visible)}\n`);
  return { info: line('INFO '), warn: line('WARN '), error: line('ERROR') };
}

const visible = (char: string): string =>
  char === '\n' ? '\\n' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
