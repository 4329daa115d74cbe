import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** A dialogue over the page, while it is drawn. The browser keeps the focus in it, and Escape closes it. */
export function Dialog({ title, onClose, children }: { title: string; onClose(): void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    return () => {
      dialog.current?.close();
      // The focus goes back to where it was, unless what had it is gone or can do nothing now.
      queueMicrotask(() => {
        if (document.activeElement === document.body) document.querySelector<HTMLElement>('#main')?.focus();
      });
    };
  }, []);
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose} closedby="any">
      <div class="dialog">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

/** Asks before something is done. @param action what the button says: `Cancel 3 jobs`. */
export function Confirm({
  title,
  action,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  action: string;
  onConfirm(): void;
  onClose(): void;
  children?: ComponentChildren;
}) {
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <div class="dialog-buttons">
        <button type="button" onClick={onClose}>
          Back
        </button>
        <button type="button" class="primary" onClick={onConfirm}>
          {action}
        </button>
      </div>
    </Dialog>
  );
}
