/** Where the server writes what it does: one line an event. */
export type Log = {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
};

/** A log of lines `time LEVEL message` on standard error. Control characters in a message are shown, not obeyed. */
export function createLog(write: (line: string) => void = createPieces()): Log {
  const line = (level: string) => (message: string) =>
    write(`${new Date().toISOString()} ${level} ${message.replace(/\p{Cc}/gu, visible)}\n`);
  return { info: line('INFO '), warn: line('WARN '), error: line('ERROR') };
}

const visible = (char: string): string =>
  char === '\n' ? '\\n' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;

/**
 * Writes to standard error, as one piece, what came in one turn of the event loop: each write makes the server wait, and
 * a turn may acknowledge hundreds of jobs.
 */
function createPieces(): (line: string) => void {
  let piece = '';
  const flush = () => {
    const text = piece;
    piece = '';
    if (text !== '') process.stderr.write(text);
  };
  process.on('exit', flush);
  return (line) => {
    if (piece === '') setImmediate(flush);
    piece += line;
  };
}
