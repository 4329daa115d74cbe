import { useMemo } from 'preact/hooks';
import { go, href, type Location } from '../../location.ts';
import { ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { serverAddress } from '../../session.ts';
import { useLive } from '../../state/live.ts';
import { useResource } from '../../state/useResource.ts';
import { Method, OneOperation } from './OneOperation.tsx';
import { type Interface, readInterface } from './openapi.ts';
import { Prose } from './Prose.tsx';

/** The interface, to be read and tried: `#/api?operation=submitJob` shows one, `&find=log` lists those with that text. */
export function Api({ location: { query } }: { location: Location }) {
  const { client } = useLive();
  const { value, error, reload } = useResource('openapi', async (signal) =>
    readInterface(await client.openapi({ signal })),
  );
  const chosen = query.get('operation');
  const find = query.get('find') ?? '';
  const groups = useMemo(() => (value === null ? [] : groupsWith(value, find)), [value, find]);
  const operation = value?.groups.flatMap((group) => group.operations).find(({ operationId: id }) => id === chosen);
  return (
    <>
      <h1 class="hidden">The interface</h1>
      {error && <ErrorNote error={error} retry={reload} />}
      {value === null && !error && <Skeleton lines={8} />}
      {value !== null && (
        <div class={`api${operation ? ' api-chosen' : ''}`}>
          <div class="api-list">
            <input
              type="search"
              aria-label="Find an operation"
              placeholder="Find"
              value={find}
              onInput={({ currentTarget }) =>
                go(href(['api'], { operation: chosen ?? undefined, find: currentTarget.value }), { replace: true })
              }
            />
            <nav aria-label="Operations">
              {groups.map(({ name, operations }) => (
                <section key={name} aria-label={name}>
                  <h2>{name}</h2>
                  <ul>
                    {operations.map(({ operationId: id, method, path, summary }) => (
                      <li key={id}>
                        <a
                          href={href(['api'], { operation: id, find })}
                          title={summary}
                          aria-current={id === chosen ? 'page' : undefined}
                        >
                          <Method method={method} /> <code>{path}</code>
                        </a>
                      </li>
                    ))}
                  </ul>
                </section>
              ))}
              {groups.length === 0 && <p class="quiet-text">No operation has “{find}”.</p>}
            </nav>
          </div>
          {operation ? (
            <OneOperation key={operation.operationId} operation={operation} schemas={value.schemas} />
          ) : (
            <About api={value} missing={chosen} />
          )}
        </div>
      )}
    </>
  );
}

/** What there is to know before the first request. @param missing an operation that the address names, and there is not. */
function About({ api, missing }: { api: Interface; missing: string | null }) {
  const { caller } = useLive();
  return (
    <article class="api-one api-about">
      {missing !== null && <p class="note note-warning">There is no operation {missing}.</p>}
      <h2>The interface of evald {api.version}</h2>
      <p>
        <Prose text={api.description} />
      </p>
      <p>
        <Prose
          text={
            caller.needs_token
              ? 'Requests carry a token, as `Authorization: Bearer TOKEN`; what is tried here is sent with yours. '
              : 'This server asks for no token. '
          }
        />
        The same for programs: <code>GET {serverAddress()}openapi.json</code>
      </p>
      <dl>
        {api.groups.map(({ name, description }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="quiet-text">{description}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

/** The groups, with those of their operations that have a text in their name, path or summary. */
function groupsWith({ groups }: Interface, find: string): Interface['groups'] {
  const text = find.trim().toLowerCase();
  return groups
    .map((group) => ({
      ...group,
      operations: group.operations.filter(({ operationId, method, path, summary }) =>
        `${operationId} ${method} ${path} ${summary}`.toLowerCase().includes(text),
      ),
    }))
    .filter(({ operations }) => operations.length > 0);
}
