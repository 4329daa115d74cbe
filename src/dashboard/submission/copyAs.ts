import type { SubmissionInput } from '../../client/index.ts';

/**
 * A submission as text for a terminal or a script. A token never stands in one: the shell, or the script, reads it from
 * `EVALD_TOKEN`; a server that needs none passes an empty one over.
 */

/** For curl, in a POSIX shell. @param server its address. */
export function asCurl(server: string, submission: SubmissionInput): string {
  return [
    `curl -sS ${quoted(addressOf(server, 'evaluate'))}`,
    `-H "Authorization: Bearer $EVALD_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(given(submission)))}`,
  ].join(' \\\n  ');
}

/** For evald's own command line, which reads the token by itself. What its flags cannot say exactly is read from standard input. */
export function asCommand(server: string, submission: SubmissionInput): string {
  const { model, tasks, ...rest } = given(submission);
  const start = `evald submit --server ${quoted(addressOf(server, ''))}`;
  const flags = Object.entries(rest).map(([name, value]) => flagsOf(name, value));
  if (flags.includes(null) || [model, ...tasks].some((word) => word.startsWith('-') || word.includes(','))) {
    return `${start} -f - <<'END'\n${JSON.stringify(given(submission), null, 2)}\nEND`;
  }
  return [`${start} ${[model, ...tasks].map(quoted).join(' ')}`, ...flags.flatMap((each) => each ?? [])].join(
    ' \\\n  ',
  );
}

/** For Python, with nothing but its standard library. */
export function asPython(server: string, submission: SubmissionInput): string {
  return `import json, os, urllib.request

request = urllib.request.Request(
    ${JSON.stringify(addressOf(server, 'evaluate'))},
    data=json.dumps(${pythonValue(given(submission), '    ')}).encode(),
    headers={
        "Authorization": "Bearer " + os.environ.get("EVALD_TOKEN", ""),
        "Content-Type": "application/json",
    },
)
print(json.load(urllib.request.urlopen(request))["job_id"])`;
}

/** A word for a POSIX shell: as it is where nothing in it means something to one, else in quotes. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Without fields that are undefined, as JSON would have it. */
const given = (submission: SubmissionInput): SubmissionInput => JSON.parse(JSON.stringify(submission));

function addressOf(server: string, path: string): string {
  const url = new URL(path, server.endsWith('/') ? server : `${server}/`);
  url.username = '';
  url.password = '';
  return path === '' ? url.href.replace(/\/$/, '') : url.href;
}

/** Values that a flag has behind `=`, several times for several: null where no flag says this exactly. */
function flagsOf(name: string, value: unknown): string[] | null {
  // As it is without.
  if (value === null) return [];
  const flag = `--${name.replaceAll('_', '-')}`;
  if (name === 'model_args' && isPlain(value)) return pairFlags('-a', value, argumentText);
  if (name === 'labels' && isPlain(value)) return pairFlags('-l', value, labelText);
  if (name === 'after' && Array.isArray(value)) return value.map((id) => `--after ${quoted(String(id))}`);
  if (name === 'engine_args') return Array.isArray(value) ? null : [`${flag} ${quoted(String(value))}`];
  // A text of digits would be sent as a number.
  if (name === 'batch_size') return typeof value === 'string' && /^[-\d]/.test(value) ? null : [`${flag} ${value}`];
  if (name === 'log_samples') return [`${flag} ${value}`];
  if (name === 'predict_only' || name === 'after_any' || name === 'split') return value === true ? [flag] : [];
  if (/timeout$/.test(name)) return typeof value === 'number' ? [`${flag} ${value}s`] : null;
  if (typeof value === 'number') return [value < 0 ? `${flag}=${value}` : `${flag} ${value}`];
  if (typeof value === 'string' && value !== '') return [`${flag}=${quoted(value)}`];
  return null;
}

function pairFlags(flag: string, values: { [name: string]: unknown }, text: (value: unknown) => string | null) {
  const flags: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const written = text(value);
    if (written === null || !/^[\w./-]+$/.test(name)) return null;
    flags.push(`${flag} ${quoted(`${name}=${written}`)}`);
  }
  return flags;
}

/** A text that is read as a text, and as no list of arguments, is written as it is; else as JSON, which is read as such. */
function argumentText(value: unknown): string | null {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlainText = /^[A-Za-z/.~_][^,"[\]{}\\\n]*$/.test(value) && !/^(true|false|null|True|False)$/.test(value);
  return isPlainText ? value : JSON.stringify(value);
}

function labelText(value: unknown): string | null {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[-\d[{"]|^(true|false|null|True|False)$/.test(value) ? JSON.stringify(value) : value;
}

const isPlain = (value: unknown): value is { [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param indent of the line that it begins in. */
function pythonValue(value: unknown, indent: string): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}    `;
  const parts = Array.isArray(value)
    ? value.map((item) => pythonValue(item, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${pythonValue(item, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const line = `${open}${parts.join(', ')}${close}`;
  if (line.length < 80 && !line.includes('\n')) return line;
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join('')}${indent}${close}`;
}
