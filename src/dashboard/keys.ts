import { useEffect, useRef } from 'preact/hooks';

/** A key, what it does, and the same for people. */
export type KeyBinding = { key: string; label: string; act(): void };

/** Those of the views that are shown, the innermost last: it goes before the others. */
const layers: (() => readonly KeyBinding[])[] = [];

/** Every key that does something now, each once: the page's help shows them. */
export function activeBindings(): KeyBinding[] {
  const known = new Map<string, KeyBinding>();
  for (const layer of layers) for (const binding of layer()) known.set(binding.key, binding);
  return [...known.values()];
}

/** Binds keys while the component is shown. In a field only Escape does something, and nothing with Ctrl, Alt or Meta. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    const layer = () => latest.current;
    layers.push(layer);
    return () => void layers.splice(layers.indexOf(layer), 1);
  }, []);
}

/** Listens for the keys that are bound. @returns what ends it. */
export function listenForKeys(): () => void {
  const listener = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (isWritten(event.target) && event.key !== 'Escape') return;
    // Enter on a button or a link is for that.
    if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.closest('a, button, summary'))
      return;
    // A dialogue that is open has the keys for itself.
    if (document.querySelector('dialog[open]') !== null) return;
    const binding = activeBindings().find(({ key }) => key === event.key);
    if (binding === undefined) return;
    event.preventDefault();
    binding.act();
  };
  window.addEventListener('keydown', listener);
  return () => window.removeEventListener('keydown', listener);
}

const isWritten = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
  !(target instanceof HTMLInputElement && target.type === 'checkbox');
