/**
 * The page at /docs: reads openapi.json, lists its operations, and sends requests where one presses "Send".
 * Text reaches the page only as text nodes, never as HTML.
 */

const api = await (await fetch('openapi.json')).json();
document
  .querySelector('#about')
  .replaceChildren(
    `${api.info.description} Version ${api.info.version}. The same for programs: `,
    element('a', { href: 'openapi.json' }, 'openapi.json'),
  );
document
  .querySelector('#operations')
  .replaceChildren(
    ...Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => showOperation(method, path, operation)),
    ),
  );

function showOperation(method, path, operation) {
  const body = operation.requestBody && schemaOf(operation.requestBody);
  return element(
    'details',
    { className: 'operation' },
    element(
      'summary',
      {},
      element('span', { className: `method ${method}` }, method),
      element('code', {}, path),
      element('span', { className: 'note' }, operation.summary),
    ),
    element(
      'div',
      {},
      ...(body ? [element('h3', {}, 'Body'), showFields(body)] : []),
      element('h3', {}, 'Answers'),
      ...Object.entries(operation.responses).map(([status, answer]) => showAnswer(status, answer)),
      element('h3', {}, 'Try it'),
      showForm(method, path, operation, body),
    ),
  );
}

function showAnswer(status, answer) {
  const schema = schemaOf(answer);
  const title = element('summary', {}, `${status}: ${answer.description}`);
  return element('details', {}, title, schema ? showFields(schema) : Object.keys(answer.content ?? {}).join(', '));
}

/** The fields of an object as a table: name, type, meaning. */
function showFields(schema) {
  const required = new Set(schema.required);
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    element(
      'tr',
      {},
      element(
        'td',
        {},
        element('code', {}, name),
        required.has(name) ? '' : element('span', { className: 'note' }, ' optional'),
      ),
      element('td', {}, element('code', {}, typeText(field))),
      element('td', { className: 'note' }, field.description ?? ''),
    ),
  );
  return element('table', {}, ...rows);
}

/** A schema in a few words: `integer 1…1024 | null`. */
function typeText(schema) {
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeText))].join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === 'array') return `list of ${typeText(schema.items)}`;
  if (schema.minimum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER) {
    return `${schema.type} ${schema.minimum}…${schema.maximum}`;
  }
  if (schema.minimum !== undefined && schema.minimum > Number.MIN_SAFE_INTEGER)
    return `${schema.type} from ${schema.minimum}`;
  if (schema.exclusiveMinimum !== undefined) return `${schema.type} above ${schema.exclusiveMinimum}`;
  return schema.type ? [schema.type].flat().join(' | ') : 'any';
}

function showForm(method, path, operation, bodySchema) {
  const fields = operation.parameters.map(({ name, description, required }) => {
    return element('input', { name, placeholder: description, required });
  });
  const valuesIn = (place) =>
    operation.parameters.flatMap(({ name, in: where }, at) =>
      where === place && fields[at].value !== '' ? [[name, fields[at].value]] : [],
    );
  const body = bodySchema && element('textarea', { value: example(bodySchema), spellcheck: false });
  const answer = element('pre', { hidden: true });
  answer.setAttribute('aria-live', 'polite');
  const form = element(
    'form',
    {},
    ...fields.map((field) => element('label', {}, field.name, field)),
    ...(body ? [element('label', {}, 'Body, JSON', body)] : []),
    element('button', {}, 'Send'),
    answer,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    answer.hidden = false;
    answer.textContent = '…';
    const target = valuesIn('path').reduce((url, [name, value]) => {
      return url.replace(`{${name}}`, encodeURIComponent(value));
    }, path.slice(1));
    const query = new URLSearchParams(valuesIn('query'));
    const headers = Object.fromEntries(valuesIn('header'));
    answer.textContent = await send(method, query.size > 0 ? `${target}?${query}` : target, headers, body?.value);
  });
  return form;
}

async function send(method, target, named, body) {
  try {
    const headers = body === undefined ? named : { ...named, 'content-type': 'application/json' };
    const response = await fetch(target, { method: method.toUpperCase(), headers, body });
    return `${response.status} ${response.statusText}\n${indent(await response.text())}`;
  } catch (error) {
    return `No answer: ${error.message}`;
  }
}

function indent(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A body to start from: the required fields, with values of the right type. */
function example(schema) {
  const values = (schema.required ?? []).map((name) => [
    name,
    schema.properties[name].type === 'array' ? ['task'] : name,
  ]);
  return JSON.stringify(Object.fromEntries(values), null, 2);
}

function schemaOf(message) {
  const name = message.content?.['application/json']?.schema?.$ref.split('/').at(-1);
  return name && api.components.schemas[name];
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
