/** Writes lines as lmms-eval's log has them: time | level | place - message, in colours even in a file. */
export type ProgramLog = {
  /** @param place module and function, `demo.output:save`. */
  info(place: string, message: string): void;
  warning(place: string, message: string): void;
  error(place: string, message: string): void;
};

const RESET = '\u001b[0m';
const BOLD = '\u001b[1m';
const GREEN = '\u001b[32m';
const CYAN = '\u001b[36m';
const LEVELS = { INFO: BOLD, WARNING: `\u001b[33m${BOLD}`, ERROR: `\u001b[31m${BOLD}` };

/** @param write receives whole lines, each with its end. */
export function createProgramLog(write: (text: string) => void): ProgramLog {
  const line = (level: keyof typeof LEVELS) => (place: string, message: string) => {
    const colour = LEVELS[level];
    const head = `${GREEN}${localTime(new Date())}${RESET} | ${colour}${level.padEnd(8)}${RESET}`;
    write(`${head} | ${CYAN}${place}${RESET} - ${colour}${message}${RESET}\n`);
  };
  return { info: line('INFO'), warning: line('WARNING'), error: line('ERROR') };
}

function localTime(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}
