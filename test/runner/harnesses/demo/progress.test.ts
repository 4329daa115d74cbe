import { describe, expect, it } from 'vitest';
import { openProgressBar, progressFrame } from '../../../../src/runner/harnesses/demo/progress.ts';

describe('a progress frame', () => {
  // Recorded from tqdm's own format_meter.
  it.each([
    ['', 0, 200, 0, '  0%|          | 0/200 [00:00<?, ?it/s]'],
    ['', 200, 200, 0.0104, '100%|██████████| 200/200 [00:00<00:00, 19230.77it/s]'],
    ['', 0, 200, 0.2, '  0%|          | 0/200 [00:00<?, ?it/s]'],
    ['Model Responding', 1, 30, 0.5, 'Model Responding:   3%|▎         | 1/30 [00:00<00:14,  2.00it/s]'],
    ['Model Responding', 50, 200, 1, 'Model Responding:  25%|██▌       | 50/200 [00:01<00:03, 50.00it/s]'],
    ['Model Responding', 7, 9, 61.25, 'Model Responding:  78%|███████▊  | 7/9 [01:01<00:17,  8.75s/it]'],
    ['Model Responding', 3, 400, 7322.9, 'Model Responding:   1%|          | 3/400 [2:02:02<269:11:03, 2440.97s/it]'],
    ['Model Responding', 3, 7, 10, 'Model Responding:  43%|████▎     | 3/7 [00:10<00:13,  3.33s/it]'],
    ['Postprocessing', 199, 200, 12.34, 'Postprocessing: 100%|█████████▉| 199/200 [00:12<00:00, 16.13it/s]'],
    ['Postprocessing', 0, 0, 0, 'Postprocessing: 0it [00:00, ?it/s]'],
  ])('a progress frame %s %i/%i after %d s is as tqdm draws it', (label, done, total, seconds, frame) => {
    expect(progressFrame({ label, done, total, seconds })).toBe(frame);
  });
});

describe('a progress bar', () => {
  it('a progress bar draws at most ten frames a second, covers longer frames, and ends its line once', () => {
    let written = '';
    let clock = 0;
    const write = (text: string) => {
      written += text;
    };
    const output = { write, now: () => clock };
    const bar = openProgressBar(100, 'Model Responding', output);
    for (let step = 0; step < 100; step += 1) {
      clock += 25;
      bar.advance();
    }
    bar.close();

    expect(written.endsWith('\n')).toBe(true);
    const frames = written.slice(0, -1).split('\r').slice(1);
    // The first, one each 100 ms of the 2.5 s, and the last.
    expect(frames).toHaveLength(27);
    expect(frames.at(-1)).toContain('100/100 [00:02<00:00, 40.00it/s]');
    for (const [index, frame] of frames.entries()) {
      expect(frame.length).toBeGreaterThanOrEqual(frames[index - 1]?.trimEnd().length ?? 0);
    }
  });
});
