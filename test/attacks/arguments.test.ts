import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { fixture, temporaryFolder } from '../support/runs/localRun.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

/** What somebody may write to have a word taken for another than it is. */
const payloads = {
  'an option': '--config=x',
  'a short option': '-m',
  'the end of options': '--',
  'a shell command': ';$(id)`id`|id&',
  'arguments of its own': 'a --config=x "b" \'c\'',
  'a newline': 'a\n--config=x',
  'a NUL': 'a\0--config=x',
  'an escape sequence': '\u001b[2J--config=x',
  'an argument of accelerate': '--main_process_port=1',
} as const;
type Payload = keyof typeof payloads;

type Field = {
  /** The field with the payload as its value, or in it. */
  request: (text: string, folder: string) => object;
  /** Payloads that are refused, beside NUL. */
  refused: Payload[];
  /** The one word of the command that holds the payload; none when the harness is not told of the field. */
  word?: (text: string, folder: string) => string;
};

const every = Object.keys(payloads) as Payload[];
const control: Payload[] = ['a newline', 'an escape sequence'];
const withEquals: Payload[] = [
  'an option',
  'arguments of its own',
  'a newline',
  'an escape sequence',
  'an argument of accelerate',
];
const fields: { [field: string]: Field } = {
  model: { request: (model) => ({ model }), refused: [], word: (text) => `--model=${text}` },
  tasks: { request: (task) => ({ tasks: ['t1', task] }), refused: control, word: (text) => `--tasks=t1,${text}` },
  'model_args (value)': {
    request: (k) => ({ model_args: { k } }),
    refused: [],
    word: (text) => `--model_args=k=${text}`,
  },
  'model_args (key)': {
    request: (key) => ({ model_args: { [key]: 'v' } }),
    refused: withEquals,
    word: (text) => `--model_args=${text}=v`,
  },
  'model_args (inside)': {
    request: (k) => ({ model_args: { k: [k] } }),
    refused: [],
    word: (text) => `--model_args=k=${JSON.stringify([text])}`,
  },
  batch_size: { request: (batch_size) => ({ batch_size }), refused: every },
  device: { request: (device) => ({ device }), refused: [], word: (text) => `--device=${text}` },
  gen_kwargs: {
    request: (gen_kwargs) => ({ gen_kwargs }),
    refused: ['a short option', 'the end of options', 'a shell command'],
    word: (text) => `--gen_kwargs=${text}`,
  },
  output_dir: {
    request: (text, folder) => ({ output_dir: join(folder, text) }),
    refused: control,
    word: (text, folder) => `--output_path=${join(folder, text)}`,
  },
  'labels (value)': { request: (run) => ({ labels: { run } }), refused: control },
  'labels (key)': {
    request: (key) => ({ labels: { [key]: 1 } }),
    refused: [...withEquals, 'a shell command'],
  },
  callback_url: { request: (callback_url) => ({ callback_url }), refused: every },
};

const rows = Object.entries(fields).flatMap(([name, field]) =>
  every.map((payload) => ({
    name,
    payload,
    field,
    isRefused: payload === 'a NUL' || field.refused.includes(payload),
  })),
);

describe('what a client writes', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      harness: 'lmms-eval',
      flags: ['--python', fixture('reading-lmms-eval'), '--slots', '4'],
    });
  });
  afterAll(() => server.stop());

  async function submit(request: object) {
    const body = JSON.stringify({ model: 'm', tasks: ['t1'], ...request });
    return send(`${server.url}/evaluate`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  }

  async function wordsOf(jobId: string): Promise<string[]> {
    const { log, error } = await endedJob(server.url, jobId);
    if (log === null) throw new Error(`it never ran: ${error}`);
    return (await readFile(join(dirname(log), 'words'), 'utf8')).split('\0').slice(0, -1);
  }

  test.each(rows.filter(({ isRefused }) => isRefused))(
    '$name: $payload is refused by a submission',
    async ({ name, payload, field }) => {
      const answer = await submit(field.request(payloads[payload], '/tmp'));
      expect(answer.status).toBe(422);
      const [fieldName] = name.split(' ');
      expect(answer.json).toMatchObject({ detail: [{ loc: expect.arrayContaining(['body', fieldName]) }] });
      expect(answer.text).toContain(`\`${fieldName}\``);
    },
  );

  test.each(rows.filter(({ isRefused }) => !isRefused))(
    '$name: $payload reaches the harness as a value',
    async ({ payload, field }) => {
      const folder = await temporaryFolder();
      const answer = await submit(field.request(payloads[payload], folder));
      // Python's argparse before 3.13 takes `--model=--` for a list that is empty: then it is refused.
      if (payload === 'the end of options' && answer.status === 422) return;
      expect(answer).toMatchObject({ status: 200, json: { job_id: expect.any(String) } });
      const words = await wordsOf(Object(answer.json).job_id);
      expect(words.slice(0, 2)).toEqual(['-m', 'lmms_eval']);
      const word = field.word?.(payloads[payload], folder);
      const plain = ['--model=m', '--tasks=t1', '--log_samples', ...(word === undefined ? [] : [word])];
      const others = words.slice(2).filter((one) => !plain.includes(one));
      expect(others).toEqual(words.slice(2).filter((one) => one.startsWith('--output_path=/') && one !== word));
      if (word !== undefined) expect(words.filter((one) => one === word)).toHaveLength(1);
    },
  );

  test('on several GPUs, where accelerate parses the arguments first, what a client sends is no option, argument or command', async () => {
    const request = { model: '--config=x', tasks: ['-m'], device: ';$(id)', num_gpus: 2 };
    const words = await wordsOf(Object((await submit(request)).json).job_id);
    const start = '-m accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1 -m lmms_eval'.split(
      ' ',
    );
    const said = ['--model=--config=x', '--tasks=-m', '--device=;$(id)', '--log_samples'];
    expect(words).toEqual([...start, ...said, expect.stringMatching(/^--output_path=\//)]);
  });
});
