import { useState } from 'preact/hooks';
import { Icon } from './Icon.tsx';

/** Milliseconds for which a button says that it has copied. */
const SAID = 1_500;

/** A button that copies a text. Where the browser gives no clipboard, as to pages without TLS, the text is selected instead. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (event: MouseEvent) => {
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), SAID);
    } catch {
      const beside = button instanceof HTMLElement ? button.parentElement?.querySelector('code') : null;
      if (beside) getSelection()?.selectAllChildren(beside);
    }
  };
  return (
    <button type="button" class="quiet" onClick={copy}>
      <Icon name={isCopied ? 'completed' : 'copy'} />
      <span aria-live="polite">{isCopied ? 'Copied' : label}</span>
    </button>
  );
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
