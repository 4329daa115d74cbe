/** A frame of a tqdm bar. Times are seconds; rate is steps a second; null when the bar does not say yet. */
export type Frame = {
  /** The bar's label; empty when it has none. */
  label: string;
  done: number;
  total: number;
  rate: number | null;
  eta: number | null;
};

/** `Model Responding:   3%|▎         | 1/30 [00:00<00:14,  2.00it/s]`; the label may be missing. */
const shape =
  /^(?:(?<label>[^|\r\n]{1,80}): )? *\d{1,3}%\|[^|]*\| *(?<done>\d{1,15})\/(?<total>\d{1,15}) \[[\d:]*<(?<eta>[\d:?]+), *(?<rate>[\d.?]+)(?<unit>it\/s|s\/it)/;

/** The frame that a line of a log shows, if it is one of a tqdm bar. */
export function readFrame(line: string): Frame | null {
  const groups = shape.exec(line)?.groups;
  if (groups === undefined) return null;
  const rate = Number(groups['rate']);
  return {
    label: groups['label']?.trim() ?? '',
    done: Number(groups['done']),
    total: Number(groups['total']),
    rate: Number.isFinite(rate) && rate > 0 ? (groups['unit'] === 's/it' ? 1 / rate : rate) : null,
    eta: secondsOf(groups['eta'] ?? '?'),
  };
}

/** `05`, `01:05`, `2:01:05` as seconds. */
function secondsOf(text: string): number | null {
  if (!/^\d+(:\d\d)*$/.test(text)) return null;
  return text.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
}
