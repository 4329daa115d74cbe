import { element, prose } from './element.js';

/** The fields of an object as a table: name, type, meaning. */
export function showFields(schema) {
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
      element('td', { className: 'note' }, ...prose(field.description ?? '')),
    ),
  );
  return element('table', {}, element('tbody', {}, ...rows));
}

/** An example as it is sent: JSON, or text as it is. */
export function showExample(example) {
  return element('pre', {}, typeof example === 'string' ? example : JSON.stringify(example, null, 2));
}

/** A schema in a few words: `integer 1…1024 | null`. */
export function typeText(schema) {
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
