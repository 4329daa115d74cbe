import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { isPattern } from '../../../schemas/values/text.ts';
import { Combobox } from '../../parts/Combobox.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { splitNames } from '../../submission/draft.ts';
import { type Faults, Field } from './Field.tsx';

type Props = {
  tasks: readonly string[];
  /** Tasks that the harness knows; null: not known (yet). */
  known: readonly string[] | null;
  faults: Faults;
  note: ComponentChildren;
  onChange(tasks: readonly string[]): void;
};

/** The tasks, as chips; with suggestions from those that the harness knows. */
export function TasksField({ tasks, known, faults, note, onChange }: Props) {
  const [text, setText] = useState('');
  const add = (typed: string) => {
    const names = splitNames(typed).filter((name) => !tasks.includes(name));
    if (names.length > 0) onChange([...tasks, ...new Set(names)]);
    setText('');
  };
  const input = (typed: string) => {
    // A comma, or what is pasted with some, ends a name.
    if (/[,\n]/.test(typed)) add(typed);
    else setText(typed);
  };
  const chosen = new Set(tasks);
  const names = known === null ? null : new Set(known);
  const isUnknown = (task: string) => names !== null && !names.has(task) && !isPattern(task) && !task.includes('/');
  return (
    <Field name="tasks" faults={faults} note={note}>
      {({ id, describedBy, isInvalid }) => (
        <>
          {tasks.length > 0 && (
            <ul class="task-chips" aria-label="Chosen tasks">
              {tasks.map((task) => (
                <li key={task} class="task-chip">
                  {isUnknown(task) && <Icon name="warning" />}
                  <bdi title={isUnknown(task) ? 'The harness does not list this name' : task}>{task}</bdi>
                  <button
                    type="button"
                    class="quiet"
                    aria-label={`Remove ${task}`}
                    onClick={() => onChange(tasks.filter((each) => each !== task))}
                  >
                    <Icon name="close" />
                  </button>
                </li>
              ))}
            </ul>
          )}
          <Combobox
            id={id}
            name="Tasks"
            value={text}
            options={(known ?? []).filter((task) => !chosen.has(task))}
            placeholder={tasks.length === 0 ? 'part of a name; Enter adds it' : 'another one'}
            describedBy={describedBy}
            isInvalid={isInvalid}
            onInput={input}
            onChoose={add}
            // What was typed is meant, also when the field is left.
            onBlur={() => add(text)}
            onBack={() => onChange(tasks.slice(0, -1))}
          />
        </>
      )}
    </Field>
  );
}
