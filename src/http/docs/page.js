/**
 * The page at /docs: reads openapi.json, lists its operations, and sends requests where one presses "Send".
 * Text reaches the page only as text nodes, never as HTML.
 */
import { element, prose } from './element.js';
import { showForm } from './form.js';
import { showExample, showFields } from './schemas.js';

const page = (id) => document.querySelector(id);
const access = page('#access');
const token = page('#token');

/** The headers that say who asks. The token lies in its field and nowhere else. */
const authorization = () => (token.value === '' ? {} : { authorization: `Bearer ${token.value}` });

access.addEventListener('submit', (event) => {
  event.preventDefault();
  if (page('#operations').childElementCount === 0) load();
});
load();

async function load() {
  const response = await fetch('openapi.json', { headers: authorization() }).catch(() => null);
  if (response?.ok) return show(await response.json());
  access.hidden = false;
  const why = response === null ? 'The server does not answer.' : (await response.json()).detail;
  page('#about').replaceChildren(why, ' Enter a token, and press Enter.');
}

function show(api) {
  access.hidden = api.security.length === 0;
  page('#about').replaceChildren(
    ...prose(`${api.info.description} Version ${api.info.version}. The same for programs: `),
    element('a', { href: 'openapi.json' }, 'openapi.json'),
  );
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, ...operation })),
  );
  const groups = api.tags.map(({ name, description }) => {
    const own = operations.filter(({ tags }) => tags.includes(name));
    return element(
      'section',
      { id: name },
      element('h2', {}, name),
      element('p', { className: 'note' }, description),
      ...own.map((operation) => showOperation(api, operation)),
    );
  });
  page('#groups').replaceChildren(...api.tags.map(({ name }) => element('a', { href: `#${name}` }, name)));
  page('#operations').replaceChildren(...groups);
}

function showOperation(api, operation) {
  const { method, path, summary, requestBody, responses } = operation;
  const body = requestBody && schemaOf(api, requestBody.content['application/json']);
  const role = operation['x-evald-role'];
  return element(
    'details',
    { className: 'operation', id: operation.operationId },
    element(
      'summary',
      {},
      element('span', { className: `method ${method}` }, method),
      element('code', {}, path),
      element('span', { className: 'note' }, ...prose(summary)),
      element('span', { className: `role ${role}`, title: `Takes a token with the role ${role}` }, role),
    ),
    element(
      'div',
      {},
      ...(body ? [element('h3', {}, 'Body'), showFields(body)] : []),
      element('h3', {}, 'Answers'),
      ...Object.entries(responses).map(([status, answer]) => showAnswer(api, status, answer)),
      element('h3', {}, 'Try it'),
      showForm(operation, body?.examples ?? [], authorization),
    ),
  );
}

function showAnswer(api, status, answer) {
  const headers = Object.entries(answer.headers ?? {}).map(([name, { description }]) =>
    element('li', {}, element('code', {}, name), ` ${description}`),
  );
  return element(
    'details',
    { className: 'answer' },
    element('summary', {}, element('code', { className: `s${status[0]}` }, status), ' ', ...prose(answer.description)),
    ...(headers.length > 0 ? [element('ul', {}, ...headers)] : []),
    ...Object.entries(answer.content ?? {}).flatMap(([media, content]) => showContent(api, media, content)),
  );
}

/** What a body looks like: an example, and the meaning of its fields. */
function showContent(api, media, content) {
  const schema = schemaOf(api, content);
  const example = content.example ?? schema?.examples?.[0];
  return [
    element('p', { className: 'note' }, media),
    ...(example === undefined ? [] : [showExample(example)]),
    ...(schema?.properties ? [showFields(schema)] : []),
  ];
}

/** A schema as it is, or the one that it points to. */
function schemaOf(api, { schema }) {
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? schema : api.components.schemas[name];
}
