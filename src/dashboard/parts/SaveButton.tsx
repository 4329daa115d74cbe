import { Icon } from './Icon.tsx';

/** Milliseconds after which the browser has begun to save. */
const BEGUN = 10_000;

/** A button that saves what the page has as a file. @param make the content, when it is wanted. */
export function SaveButton({ name, label, make }: { name: string; label: string; make(): Blob | string }) {
  return (
    <button type="button" class="quiet" onClick={() => save(name, make())}>
      <Icon name="download" />
      {label}
    </button>
  );
}

/** Saves a content under a name. */
export function save(name: string, content: Blob | string): void {
  const address = URL.createObjectURL(typeof content === 'string' ? new Blob([content]) : content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), BEGUN);
}
