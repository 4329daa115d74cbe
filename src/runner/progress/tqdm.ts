/** A frame of a bar. Times are seconds; rate is steps a second; null when the bar does not say yet. */
export type Frame = {
  /** The bar's label; empty when it has none. */
  label: string;
  /** The rank that says that the bar is its own; null where bars do not say it. */
  rank: number | null;
  done: number;
  total: number;
  /** Since the bar was begun. */
  elapsed: number;
  rate: number | null;
  eta: number | null;
};

/** Characters of a frame, colours included. */
const LONGEST = 1_024;

/** `Model Responding:   3%|▎         | 1/30 [00:00<00:14,  2.00it/s]`; the label may be missing. */
const bar =
  /^(?:(?<label>[^|\r\n]{1,80}): )? *\d{1,3}%\|[^|]*\| *(?<done>\d{1,15})\/(?<total>\d{1,15}) \[(?<elapsed>[\d:]+)<(?<eta>[\d:?]+), *(?<rate>[\d.?]+)(?<unit>it\/s|s\/it)/;

/**
 * What lmms-eval's `SlurmProgress` logs in the place of a bar wherever standard error is no terminal (vLLM, SGLang), a line
 * every half minute: `[rank 0] Model Responding: 104/2837 (3.7%) | 1.52 it/s | elapsed 1m08s | ETA 30m02s`.
 */
const line =
  /model_utils\.progress\b[^|]{0,200}\[rank (?<rank>\d{1,6})\] (?<label>[^|\r\n]{1,80}): (?<done>\d{1,15})\/(?<total>\d{1,15}) \([\d.]+%\) \| (?<rate>[\d.]+) (?<unit>it\/s) \| elapsed (?<elapsed>\S{1,20}) \| ETA (?<eta>[\dhms?]{1,20})/;

/** The frame that a line of a log shows, if it is one of a bar. */
export function readFrame(text: string): Frame | null {
  if (text.length > LONGEST) return null;
  const groups = (bar.exec(text) ?? line.exec(text))?.groups;
  if (groups === undefined) return null;
  const rate = Number(groups['rate']);
  return {
    label: groups['label']?.trim() ?? '',
    rank: groups['rank'] === undefined ? null : Number(groups['rank']),
    done: Number(groups['done']),
    total: Number(groups['total']),
    elapsed: secondsOf(groups['elapsed'] ?? '') ?? 0,
    rate: Number.isFinite(rate) && rate > 0 ? (groups['unit'] === 's/it' ? 1 / rate : rate) : null,
    eta: secondsOf(groups['eta'] ?? '?'),
  };
}

/** `05`, `01:05`, `2:01:05`, or `5s`, `1m05s`, `2h01m`, as seconds. */
function secondsOf(text: string): number | null {
  if (/^\d+(:\d\d)*$/.test(text)) return text.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
  const [whole, hours = 0, minutes = 0, seconds = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return whole ? Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds) : null;
}
