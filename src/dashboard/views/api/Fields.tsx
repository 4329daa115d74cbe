import { type Schema, typeText } from './openapi.ts';
import { Prose } from './Prose.tsx';

/** The fields of an object as a table: name, type, meaning. */
export function Fields({ schema }: { schema: Schema }) {
  const required = new Set(schema.required);
  return (
    <div class="api-fields">
      <table>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Type</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(schema.properties ?? {}).map(([name, field]) => (
            <tr key={name}>
              <td>
                <code>{name}</code>
                {!required.has(name) && <span class="quiet-text"> optional</span>}
              </td>
              <td>
                <code>{typeText(field)}</code>
              </td>
              <td class="quiet-text">
                <Prose text={field.description ?? ''} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
