import { type Level, type LineFormat, type LogFields, textFormat } from './lineFormat.ts';
import { openStandardStream, type StandardStream } from './standardStreams.ts';

/** Where the server writes what it does: one line an event. The fields are for programs: the message says it all. */
export type Log = Readonly<Record<Level, (message: string, fields?: LogFields) => void>>;

/** How events are written, and from which level on. */
export type LogOptions = { format?: LineFormat; level?: Level };

/** The least first. */
const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error'];

/**
 * A log on standard error. What in a message would be obeyed, by a terminal or by an editor (control characters, directions, line
 * separators), is shown, whatever the format.
 */
export function createLog(
  write: (line: string) => void = createPieces(openStandardStream(2)),
  { format = textFormat, level: least = 'info' }: LogOptions = {},
): Log {
  const at = (level: Level) =>
    LEVELS.indexOf(level) < LEVELS.indexOf(least)
      ? () => {}
      : (message: string, fields?: LogFields) => write(format(level, message, fields));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/**
 * Writes, as one piece, what came in one turn of the event loop: each write costs, and a turn may acknowledge hundreds of
 * jobs. Pieces that the output does not take are dropped, for the server goes on whether its log is read or not; their
 * lines are counted, and a line says how many they were where the log goes on.
 */
export function createPieces(output: StandardStream, format: LineFormat = textFormat): (line: string) => void {
  let piece = '';
  let lines = 0;
  let dropped = 0;
  const flush = () => {
    const missing =
      dropped === 0 ? '' : format('warn', `${dropped} lines dropped: they could not be written here`, { dropped });
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
