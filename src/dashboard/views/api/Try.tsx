import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Command } from '../../parts/Copy.tsx';
import { ScrollBox } from '../../parts/ScrollBox.tsx';
import { serverAddress } from '../../session.ts';
import { useLive } from '../../state/live.ts';
import { exampleText, type Operation, type Parameter, type Schema, typeText } from './openapi.ts';
import { Prose } from './Prose.tsx';
import { asCurl, type Prepared, prepare, send } from './request.ts';

/** What an operation is tried with: a field for each parameter, and the body, from its first example. Sent with the reader's token. */
export function Try({ operation, body }: { operation: Operation; body: Schema | undefined }) {
  const { token, caller } = useLive();
  const examples = body?.examples ?? [];
  const [text, setText] = useState(() => exampleText(examples[0] ?? {}));
  const [status, setStatus] = useState('');
  const [answer, setAnswer] = useState('');
  const [sending, setSending] = useState<AbortController | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const [curl, setCurl] = useState<string | null>(null);
  const latest = useRef(sending);
  latest.current = sending;
  useEffect(() => () => latest.current?.abort(), []);

  const prepared = (): Prepared => {
    const data = new FormData(form.current ?? undefined);
    const value = (kind: string, name: string) => String(data.get(`${kind} ${name}`) ?? '');
    return prepare(operation, serverAddress(), value, operation.requestBody && text);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (latest.current !== null && operation.method !== 'get') return;
    latest.current?.abort();
    const over = new AbortController();
    setSending(over);
    setStatus('…');
    setAnswer('');
    const ifCurrent = (set: (given: string) => void) => (given: string) => {
      if (latest.current === over || latest.current === null) set(given);
    };
    latest.current = over;
    await send(prepared(), {
      token,
      signal: over.signal,
      onStatus: ifCurrent(setStatus),
      onText: ifCurrent(setAnswer),
    });
    if (latest.current === over) setSending(null);
  };

  const changes = operation.method !== 'get';
  return (
    <form class="api-try" ref={form} onSubmit={submit} onInput={() => setCurl(null)}>
      {operation.parameters.map((parameter) => (
        <Field key={`${parameter.in} ${parameter.name}`} parameter={parameter} />
      ))}
      {operation.requestBody && (
        <label>
          <span>Body, JSON</span>
          <textarea
            value={text}
            spellcheck={false}
            rows={Math.min(16, text.split('\n').length + 1)}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
      )}
      {examples.length > 1 && (
        <p class="api-buttons">
          {examples.map((example, at) => (
            <button key={exampleText(example)} type="button" onClick={() => setText(exampleText(example))}>
              Example {at + 1}
            </button>
          ))}
        </p>
      )}
      <p class="api-buttons">
        {/* Sent twice, what changes something would be done twice. */}
        <button
          type="submit"
          class="primary"
          disabled={sending !== null && changes}
          onClick={(event) => {
            // The second of two clicks may come when the first was answered already.
            if (changes && event.detail > 1) event.preventDefault();
          }}
        >
          Send
        </button>
        {sending && (
          <button type="button" onClick={() => sending.abort()}>
            Stop
          </button>
        )}
        <button type="button" onClick={() => setCurl(asCurl(prepared(), caller.needs_token))}>
          As curl
        </button>
      </p>
      {curl !== null && <Command text={curl} />}
      <p class="api-said" role="status">
        {status}
      </p>
      {answer !== '' && (
        <ScrollBox class="api-text" label="Answer">
          <pre>{answer}</pre>
        </ScrollBox>
      )}
    </form>
  );
}

/** Its type and an example stand in the empty field. */
function Field({ parameter: { in: kind, name, required, schema, example, description } }: { parameter: Parameter }) {
  const id = useId();
  const placeholder = example === undefined ? typeText(schema) : `${typeText(schema)}, e.g. ${example}`;
  return (
    <div class="api-field">
      <label for={id}>
        <code>{name}</code>
        {!required && <span class="quiet-text"> optional</span>}
      </label>
      <input
        id={id}
        name={`${kind} ${name}`}
        placeholder={placeholder}
        required={required}
        autoComplete="off"
        spellcheck={false}
      />
      <p class="quiet-text">
        <Prose text={description} />
      </p>
    </div>
  );
}
