import type { ComponentChildren } from 'preact';
import { Icon } from '../../parts/Icon.tsx';
import { type FieldName, helpOf, labels } from '../../submission/fields.ts';

/** What the server has against fields, by their names. */
export type Faults = { readonly [name: string]: readonly string[] };

/** What ties a control to its help and to what is wrong with it. */
export type ControlProps = { id: string; describedBy: string; isInvalid: boolean };

type Props = {
  name: FieldName;
  faults: Faults;
  /** More to say than the interface describes. */
  note?: ComponentChildren;
  /** Several controls, each with a label of its own. */
  isGroup?: boolean;
  children(control: ControlProps): ComponentChildren;
};

/** A field: its label and name, its control, what is wrong with it, and what it means. */
export function Field({ name, faults, note, isGroup = false, children }: Props) {
  const id = `field-${name}`;
  const wrong = faults[name] ?? [];
  const head = (
    <>
      {labels[name]} <code class="quiet-text">{name}</code>
    </>
  );
  const control = children({ id, describedBy: `${id}-help ${id}-faults`, isInvalid: wrong.length > 0 });
  return (
    <div class={`field${wrong.length > 0 ? ' field-wrong' : ''}`} data-field={name}>
      {isGroup ? (
        <fieldset aria-describedby={`${id}-help ${id}-faults`}>
          <legend>{head}</legend>
          {control}
        </fieldset>
      ) : (
        <>
          <label for={id}>{head}</label>
          {control}
        </>
      )}
      <div id={`${id}-faults`} class="field-faults">
        {wrong.map((text) => (
          <p key={text}>
            <Icon name="warning" />
            <span>{text}</span>
          </p>
        ))}
      </div>
      <p id={`${id}-help`} class="field-help">
        {helpOf(name)}
        {note && <>. {note}</>}
      </p>
    </div>
  );
}
