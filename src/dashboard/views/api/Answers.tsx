import { Fields } from './Fields.tsx';
import { type Answer, type Content, exampleText, type Interface, type Operation, resolved } from './openapi.ts';
import { Prose } from './Prose.tsx';

/** What may be answered: each status, what it means, and what comes with it. */
export function Answers({ operation, schemas }: { operation: Operation; schemas: Interface['schemas'] }) {
  return (
    <div class="api-answers">
      {Object.entries(operation.responses).map(([status, answer]) => (
        <OneAnswer key={status} status={status} answer={answer} schemas={schemas} />
      ))}
    </div>
  );
}

function OneAnswer({ status, answer, schemas }: { status: string; answer: Answer; schemas: Interface['schemas'] }) {
  return (
    <details class="panel">
      <summary>
        <code class={`api-status api-status-${status[0]}`}>{status}</code> <Prose text={answer.description} />
      </summary>
      <ul>
        {Object.entries(answer.headers ?? {}).map(([name, { description }]) => (
          <li key={name}>
            <code>{name}</code> <span class="quiet-text">{description}</span>
          </li>
        ))}
      </ul>
      {Object.entries(answer.content ?? {}).map(([media, content]) => (
        <Body key={media} media={media} content={content} schemas={schemas} />
      ))}
    </details>
  );
}

/** What a body looks like: an example, and the meaning of its fields. */
function Body({ media, content, schemas }: { media: string; content: Content; schemas: Interface['schemas'] }) {
  const schema = resolved(schemas, content.schema);
  const example = content.example ?? schema?.examples?.[0];
  return (
    <>
      <p class="quiet-text">{media}</p>
      {example !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls is to be reached by the keyboard.
        <pre class="api-text" tabIndex={0}>
          {exampleText(example)}
        </pre>
      )}
      {schema?.properties && <Fields schema={schema} />}
    </>
  );
}
