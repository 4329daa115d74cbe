import type { ComponentChildren, HTMLAttributes, Ref } from 'preact';

type Props = Omit<HTMLAttributes<HTMLElement>, 'aria-label' | 'tabIndex' | 'label'> & {
  /** What is in it, for readers of screens. */
  label: string;
  /** The element itself. */
  box?: Ref<HTMLElement>;
  children: ComponentChildren;
};

/** A box that scrolls: it is reached by the keyboard, so that the arrow keys move in it. */
export function ScrollBox({ label, box, children, ...rest }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls is to be reached by the keyboard.
    <section {...rest} {...(box !== undefined && { ref: box })} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
