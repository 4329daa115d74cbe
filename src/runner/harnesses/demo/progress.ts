const BAR_WIDTH = 10;
/** From empty to full in eighths. */
const BLOCKS = [...' ▏▎▍▌▋▊▉█'];
const EIGHTHS = BLOCKS.length - 1;
/** As in tqdm, milliseconds between two frames: a fast loop must not spend its time on drawing. */
const INTERVAL = 100;

/** A bar that is drawn as the work goes on. */
export type ProgressBar = {
  /** One more is done. */
  advance(): void;
  /** Draws the last frame and ends the line. */
  close(): void;
};

/** What a bar writes to, and its clock in milliseconds. Tests bring their own. */
export type ProgressOutput = { write: (text: string) => void; now: () => number };

/** A bar in tqdm's form: each frame begins with a carriage return, and only the end of the bar ends the line. */
export function openProgressBar(total: number, label: string, { write, now }: ProgressOutput): ProgressBar {
  const begin = now();
  let done = 0;
  let drawnAt = begin;
  let drawnLength = 0;

  const show = () => {
    drawnAt = now();
    const frame = progressFrame({ label, done, total, seconds: (drawnAt - begin) / 1000 });
    // Blanks cover what a longer frame left behind.
    write(`\r${frame.padEnd(drawnLength)}`);
    drawnLength = frame.length;
  };

  show();
  return {
    advance: () => {
      done += 1;
      if (now() - drawnAt >= INTERVAL) show();
    },
    close: () => {
      show();
      write('\n');
    },
  };
}

/** One frame, without the carriage return: `label:  25%|██▌       | 50/200 [00:01<00:03, 50.00it/s]`. */
export function progressFrame(state: { label: string; done: number; total: number; seconds: number }): string {
  const { label, done, total, seconds } = state;
  const prefix = label === '' ? '' : `${label}: `;
  const rate = seconds > 0 ? done / seconds : 0;
  const speed = rateText(rate);
  // Without a total tqdm has neither bar nor end.
  if (total === 0) return `${prefix}${done}it [${clock(seconds)}, ${speed}]`;
  const share = done / total;
  const left = rate > 0 ? clock((total - done) / rate) : '?';
  const percent = (share * 100).toFixed(0).padStart(3);
  return `${prefix}${percent}%|${bar(share)}| ${done}/${total} [${clock(seconds)}<${left}, ${speed}]`;
}

function bar(share: number): string {
  const eighths = Math.floor(share * BAR_WIDTH * EIGHTHS);
  const full = '█'.repeat(Math.floor(eighths / EIGHTHS));
  const part = full.length < BAR_WIDTH ? (BLOCKS[eighths % EIGHTHS] ?? '') : '';
  return (full + part).padEnd(BAR_WIDTH);
}

/** Slower than one a second is shown the other way round, in seconds for each. */
function rateText(rate: number): string {
  if (rate === 0) return '?it/s';
  return rate < 1 ? `${(1 / rate).toFixed(2).padStart(5)}s/it` : `${rate.toFixed(2).padStart(5)}it/s`;
}

/** `[H:]MM:SS`. */
function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
