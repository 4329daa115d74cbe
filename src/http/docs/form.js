import { element, prose } from './element.js';
import { typeText } from './schemas.js';

/** Characters of an answer that are shown: a log may have any number. */
const MOST_SHOWN = 200_000;

/**
 * What an operation can be tried with: a field for each parameter, and the body, from its first example.
 * @param authorization the headers that say who asks, at the time of sending.
 */
export function showForm(operation, examples, authorization) {
  const { method, path, parameters, requestBody } = operation;
  const fields = parameters.map((parameter) => ({ ...parameter, input: inputOf(parameter) }));
  const body = requestBody && element('textarea', { value: textOf(examples[0] ?? {}), spellcheck: false });
  const status = element('p', { className: 'status' });
  status.setAttribute('aria-live', 'polite');
  const answer = element('pre', { hidden: true, tabIndex: 0 });
  const stop = element('button', { type: 'button', hidden: true }, 'Stop');
  const form = element(
    'form',
    {},
    ...fields.map(({ name, input, description, required }) =>
      element(
        'label',
        {},
        element('code', {}, name),
        required ? '' : element('span', { className: 'note' }, ' optional'),
        input,
        element('span', { className: 'note' }, ...prose(description)),
      ),
    ),
    ...(body ? [element('label', {}, 'Body, JSON', body), ...choicesOf(examples, body)] : []),
    element('button', {}, 'Send'),
    stop,
    status,
    answer,
  );
  const valuesIn = (place) =>
    fields
      .filter(({ in: where, input }) => where === place && input.value !== '')
      .map((one) => [one.name, one.input.value]);

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const target = valuesIn('path').reduce((url, [name, value]) => {
      return url.replace(`{${name}}`, encodeURIComponent(value));
    }, path.slice(1));
    const query = new URLSearchParams(valuesIn('query'));
    const headers = { ...authorization(), ...Object.fromEntries(valuesIn('header')) };
    if (body) headers['content-type'] = 'application/json';
    const sending = new AbortController();
    stop.onclick = () => sending.abort();
    stop.hidden = false;
    answer.hidden = true;
    await send(query.size > 0 ? `${target}?${query}` : target, {
      request: { method: method.toUpperCase(), headers, signal: sending.signal, ...(body && { body: body.value }) },
      tell: (text) => status.replaceChildren(text),
      show: (text) => {
        answer.hidden = text === '';
        answer.textContent = text;
      },
    });
    stop.hidden = true;
  });
  return form;
}

/** Sends a request, and shows its answer as it comes: a stream has no end. */
async function send(target, { request, tell, show }) {
  tell('…');
  try {
    const response = await fetch(target, request);
    tell(`${response.status} ${response.statusText}`);
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MOST_SHOWN) {
        tell(`${response.status} ${response.statusText}; what comes after ${MOST_SHOWN} characters is left out`);
        break;
      }
      show(text);
    }
    show(indent(text.slice(0, MOST_SHOWN)));
  } catch (error) {
    tell(error.name === 'AbortError' ? 'Stopped.' : `No answer: ${error.message}`);
  }
}

/** Its type and an example stand in the empty field. */
function inputOf({ name, schema, required, example }) {
  const placeholder = example === undefined ? typeText(schema) : `${typeText(schema)}, e.g. ${example}`;
  return element('input', { name, placeholder, required, autocomplete: 'off', spellcheck: false });
}

/** A button for each example, when there are several. */
function choicesOf(examples, body) {
  if (examples.length < 2) return [];
  const buttons = examples.map((example, at) => {
    const choice = element('button', { type: 'button' }, `Example ${at + 1}`);
    choice.addEventListener('click', () => {
      body.value = textOf(example);
    });
    return choice;
  });
  return [element('p', { className: 'choices' }, ...buttons)];
}

const textOf = (example) => JSON.stringify(example, null, 2);

function indent(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
