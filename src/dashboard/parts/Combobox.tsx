import { useId, useState } from 'preact/hooks';
import { count } from '../text.ts';

/** Options that are drawn: of more it is said how many there are. */
const SHOWN = 40;

type Props = {
  id: string;
  value: string;
  onInput(value: string): void;
  /** An option was chosen, or Enter was pressed without one. */
  onChoose(value: string): void;
  options: readonly string[];
  /** The options are what the text finds: all of them are shown. */
  areFound?: boolean;
  /** What the options are, for readers of screens: `Tasks`. */
  name: string;
  placeholder?: string;
  describedBy?: string;
  isInvalid?: boolean;
  onBlur?: () => void;
  /** Backspace in an empty field. */
  onBack?: () => void;
};

/** A field with suggestions, by the pattern of WAI-ARIA: the focus stays in the field, arrows walk through the list. */
export function Combobox({
  id,
  value,
  onInput,
  onChoose,
  options,
  areFound = false,
  name,
  onBlur,
  onBack,
  ...field
}: Props) {
  const listId = useId();
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const { found, total } = isOpen ? search(options, areFound ? '' : value) : { found: [], total: 0 };
  const isShown = isOpen && found.length > 0;
  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const choose = (chosen: string) => {
    onChoose(chosen);
    close();
  };
  const step = (by: 1 | -1) => {
    setOpen(true);
    const { length } = isOpen ? found : search(options, areFound ? '' : value).found;
    // -1 is the field itself, between the last option and the first.
    if (length > 0) setActive(((active + 1 + by + length + 1) % (length + 1)) - 1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown') step(1);
    else if (event.key === 'ArrowUp') step(-1);
    else if (event.key === 'Enter') choose(found[active] ?? value);
    else if (event.key === 'Escape' && isShown) close();
    else {
      if (event.key === 'Backspace' && value === '') onBack?.();
      return;
    }
    event.preventDefault();
  };
  const optionId = (at: number) => `${listId}-${at}`;
  return (
    <div class="combobox">
      <input
        id={id}
        type="text"
        role="combobox"
        autoComplete="off"
        spellcheck={false}
        value={value}
        placeholder={field.placeholder}
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={isShown ? listId : undefined}
        aria-activedescendant={isShown && active >= 0 ? optionId(active) : undefined}
        aria-describedby={field.describedBy}
        aria-invalid={field.isInvalid === true ? true : undefined}
        onInput={({ currentTarget }) => {
          onInput(currentTarget.value);
          setOpen(true);
          setActive(-1);
        }}
        onClick={() => setOpen(true)}
        onKeyDown={onKeyDown}
        onBlur={() => {
          close();
          onBlur?.();
        }}
      />
      {isShown && (
        <div class="combobox-list">
          <div role="listbox" id={listId} aria-label={name}>
            {found.map((option, at) => (
              // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the active option.
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys.
              <div
                key={option}
                id={optionId(at)}
                role="option"
                aria-selected={at === active}
                ref={(element) => {
                  if (at === active) element?.scrollIntoView({ block: 'nearest' });
                }}
                // A click would take the focus, and with it the list.
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => choose(option)}
              >
                <Marked text={option} part={value.trim()} />
              </div>
            ))}
          </div>
          {total > found.length && <p class="quiet-text">{count(total - found.length)} more: type on</p>}
        </div>
      )}
      <span class="hidden" role="status">
        {isOpen && value !== '' && options.length > 0 && `${count(total)} of ${count(options.length)} match`}
      </span>
    </div>
  );
}

/** Options that have a text in their name: those that begin with it first. */
function search(options: readonly string[], text: string): { found: string[]; total: number } {
  const sought = text.trim().toLowerCase();
  const all = options.filter((option) => option.toLowerCase().includes(sought));
  const isFirst = (option: string) => option.toLowerCase().startsWith(sought);
  const found = [...all.filter(isFirst), ...all.filter((option) => !isFirst(option))];
  return { found: found.slice(0, SHOWN), total: all.length };
}

function Marked({ text, part }: { text: string; part: string }) {
  const at = part === '' ? -1 : text.toLowerCase().indexOf(part.toLowerCase());
  if (at < 0) return <bdi>{text}</bdi>;
  return (
    <bdi>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + part.length)}</mark>
      {text.slice(at + part.length)}
    </bdi>
  );
}
