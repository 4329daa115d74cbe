import { useState } from 'preact/hooks';
import { Icon } from './Icon.tsx';

/** Milliseconds for which a button says that it has copied. */
const SAID = 1_500;

/** A button that copies a text, also where the browser gives no clipboard, as to pages without TLS. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (event: MouseEvent) => {
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (!(button instanceof HTMLElement) || !copySelected(text, button)) return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), SAID);
  };
  return (
    <button type="button" class="quiet" onClick={copy}>
      <Icon name={isCopied ? 'completed' : 'copy'} />
      <span aria-live="polite">{isCopied ? 'Copied' : label}</span>
    </button>
  );
}

/** Copies by a selection, as browsers have always let a click do. @param button beside it: behind a dialogue nothing is selected. */
function copySelected(text: string, button: HTMLElement): boolean {
  const field = document.createElement('textarea');
  field.className = 'hidden';
  field.value = text;
  button.after(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  button.focus();
  return isCopied;
}

/** A command for a terminal, to be copied. */
export function Command({ text }: { text: string }) {
  return (
    <div class="command">
      <code>{text}</code>
      <CopyButton text={text} />
    </div>
  );
}
