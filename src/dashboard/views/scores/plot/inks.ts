import { COLOURS } from './strokes.ts';

/** The colours of the page as a canvas takes them. */
export type Inks = { text: string; quiet: string; rule: string; panel: string; lines: readonly string[]; font: string };

/** Reads the colours that the page has now. @param box an element whose colours it has. */
export function readInks(box: HTMLElement): Inks {
  const probe = document.createElement('span');
  box.append(probe);
  const colour = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const { fontFamily } = getComputedStyle(box);
  const inks = {
    ...{ text: colour('text'), quiet: colour('quiet'), rule: colour('rule'), panel: colour('panel') },
    lines: Array.from({ length: COLOURS }, (_, index) => colour(`line-${index + 1}`)),
    font: `12px ${fontFamily}`,
  };
  probe.remove();
  return inks;
}

/** Calls when the colours of the page become others: by the system, by the reader, or on paper. @returns what ends it. */
export function onInksChanged(then: () => void): () => void {
  const queries = ['(prefers-color-scheme: dark)', 'print'].map((query) => matchMedia(query));
  for (const query of queries) query.addEventListener('change', then);
  const observer = new MutationObserver(then);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => {
    for (const query of queries) query.removeEventListener('change', then);
    observer.disconnect();
  };
}
