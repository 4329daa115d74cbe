import type { Progress } from '../../schemas/job/run.ts';
import { addFrame } from './bars.ts';
import { type Frame, readFrame } from './tqdm.ts';

/**
 * The phases that count: inference, as the models of lm-eval and of lmms-eval call it, and what follows. Bars without a label come before it
 * and are over in a moment; those of libraries (`Generating test split`, `Loading checkpoint shards`) do not count.
 */
const PHASES =
  /^(Running \w+ requests( with text\+(image|audio) input)?|Running \w+ function \.\.\.|Requesting API|Computing (rolling )?log-likelihoods|Generating text|Model Responding( \(\w+\))?|Multi-round Responding|NanoVLM Responding|AeroRT-vLLM (MR )?Responding|(MMaDA|Bagel|Uni-MMMU) Generating|Generating Videos|MAGI-1 Generation|FastVideo (DP×\d+ )?generating|SAM3 Inference|QwenEdit VisualCoT|Cosmos WM\/Reasoner|Postprocessing)$/;

/** Takes the next lines of a log, and says how far its run is, if that changed. */
export type Meter = (lines: readonly string[]) => Progress | null;

/**
 * Makes progress of the frames of a log: of the bars that are there, added up by `addFrame`, their average.
 * @param ranks processes of the run. @returns a function that takes the next lines and tells the progress, if it changed.
 */
export function createMeter(ranks: number): Meter {
  let bars: readonly Frame[] = [];
  let reported = '';

  return (lines) => {
    for (const line of lines) {
      const frame = readFrame(line);
      if (frame !== null && PHASES.test(frame.label)) bars = addFrame(bars, frame, ranks);
    }
    const [first] = bars;
    if (first === undefined) return null;
    const progress = averaged(first.label, bars);
    const text = JSON.stringify(progress);
    if (text === reported) return null;
    reported = text;
    return progress;
  };
}

function averaged(phase: string, bars: readonly Frame[]): Progress {
  const done = mean(bars.map((bar) => bar.done));
  const total = mean(bars.map((bar) => bar.total));
  const rates = bars.map(({ rate }) => rate).filter((rate) => rate !== null);
  const etas = bars.map(({ eta }) => eta).filter((eta) => eta !== null);
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
