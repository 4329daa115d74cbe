import type { Progress } from '../../schemas/progress.ts';
import { type Frame, readFrame } from './tqdm.ts';

/** The phase that counts: inference. A bar without a label comes before it and is over in a moment. */
const INFERENCE = 'Model Responding';
const AFTERWARDS = 'Postprocessing';

/**
 * Makes progress of the frames of a log. With several ranks each prints a bar of its own into the same log, without
 * saying whose it is: they take turns, so that the last frames, as many as there are ranks, are averaged.
 * @param ranks processes of the run. @returns a function that takes the next lines and tells the progress, if it changed.
 */
export function createMeter(ranks: number): (lines: readonly string[]) => Progress | null {
  let phase = '';
  let frames: Frame[] = [];
  let told = '';

  return (lines) => {
    for (const line of lines) {
      const frame = readFrame(line);
      if (frame === null || (frame.label !== INFERENCE && frame.label !== AFTERWARDS)) continue;
      if (frame.label !== phase) frames = [];
      phase = frame.label;
      frames = [...frames, frame].slice(-ranks);
    }
    if (frames.length === 0) return null;
    const progress = averaged(phase, frames);
    const text = JSON.stringify(progress);
    if (text === told) return null;
    told = text;
    return progress;
  };
}

function averaged(phase: string, frames: readonly Frame[]): Progress {
  const done = mean(frames.map((frame) => frame.done));
  const total = mean(frames.map((frame) => frame.total));
  const rates = frames.map(({ rate }) => rate).filter((rate) => rate !== null);
  const etas = frames.map(({ eta }) => eta).filter((eta) => eta !== null);
  return {
    phase,
    done: Math.round(done),
    total: Math.round(total),
    percent: total === 0 ? 100 : Math.min(100, Math.round((1_000 * done) / total) / 10),
    rate: rates.length === 0 ? null : mean(rates),
    eta_seconds: etas.length === 0 ? null : Math.max(...etas),
  };
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
