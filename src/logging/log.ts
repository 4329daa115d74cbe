import { logLine } from './logLine.ts';
import { openStandardStream, type StandardStream } from './standardStreams.ts';

/** Where the server writes what it does: one line an event. */
export type Log = {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
};

/**
 * A log of lines `time LEVEL message` on standard error. What in a message would be obeyed, by a terminal or by an editor
 * (control characters, directions, line separators), is shown.
 */
export function createLog(write: (line: string) => void = createPieces(openStandardStream(2))): Log {
  const line = (level: string) => (message: string) => write(logLine(level, message));
  return { info: line('INFO '), warn: line('WARN '), error: line('ERROR') };
}

/**
 * Writes, as one piece, what came in one turn of the event loop: each write costs, and a turn may acknowledge hundreds of
 * jobs. Pieces that the output does not take are dropped, for the server goes on whether its log is read or not; their
 * lines are counted, and a line says how many they were where the log goes on.
 */
export function createPieces(output: StandardStream): (line: string) => void {
  let piece = '';
  let lines = 0;
  let dropped = 0;
  const flush = () => {
    const missing = dropped === 0 ? '' : logLine('WARN ', `${dropped} lines dropped: they could not be written here`);
    const text = missing + piece;
    if (text !== '') dropped = output.take(text) ? 0 : dropped + lines;
    piece = '';
    lines = 0;
  };
  output.onRoom(flush);
  process.on('exit', flush);
  return (line) => {
    if (piece === '') setImmediate(flush);
    piece += line;
    lines += 1;
  };
}
