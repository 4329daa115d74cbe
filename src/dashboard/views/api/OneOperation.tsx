import { hasRole } from '../../allowed.ts';
import { href } from '../../location.ts';
import { useLive } from '../../state/live.ts';
import { Answers } from './Answers.tsx';
import { Fields } from './Fields.tsx';
import { type Interface, type Operation, resolved } from './openapi.ts';
import { Prose } from './Prose.tsx';
import { Try } from './Try.tsx';

/** One operation: what it is sent, what it answers, and a form to try it, where this caller may. */
export function OneOperation({ operation, schemas }: { operation: Operation; schemas: Interface['schemas'] }) {
  const { caller } = useLive();
  const { method, path, summary, requestBody, 'x-evald-role': role } = operation;
  const body = resolved(schemas, requestBody?.content['application/json']?.schema);
  return (
    <article class="api-one" aria-labelledby="operation">
      <p class="api-back">
        <a href={href(['api'])}>All operations</a>
      </p>
      <h2 id="operation">
        <Method method={method} /> <code>{path}</code>
      </h2>
      <p>
        <Prose text={summary} />.{' '}
        <span class="quiet-text">
          {role === undefined ? 'It needs no token.' : `Where tokens are in use it takes the role ${role}.`}
        </span>
      </p>
      <section aria-labelledby="try">
        <h3 id="try">Try it</h3>
        {role === undefined || hasRole(caller, role) ? (
          <Try operation={operation} body={body} />
        ) : (
          <p class="note">
            It takes the role {role}; {caller.name ?? 'this caller'} has {caller.role}.
          </p>
        )}
      </section>
      {body && (
        <section aria-labelledby="body">
          <h3 id="body">Body</h3>
          <Fields schema={body} />
        </section>
      )}
      <section aria-labelledby="answers">
        <h3 id="answers">Answers</h3>
        <Answers operation={operation} schemas={schemas} />
      </section>
    </article>
  );
}

/** A method of HTTP, in the colour that tells what changes something from what only looks. */
export function Method({ method }: { method: string }) {
  return <span class={`api-method api-${method}`}>{method.toUpperCase()}</span>;
}
