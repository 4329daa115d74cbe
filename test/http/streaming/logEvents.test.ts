import { expect, test } from 'vitest';
import { liveText } from '../../../src/http/streaming/liveText.ts';
import { logEvents, trackBytes, trackLines } from '../../../src/http/streaming/logEvents.ts';
import { Redactor } from '../../../src/security/redaction/redactor.ts';
import { ShownText } from '../../../src/security/redaction/shownText.ts';

type Chunk = string | Buffer;

async function* chunksOf(chunks: readonly Chunk[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

async function read(events: AsyncIterable<Uint8Array>) {
  const blocks = (await Array.fromAsync(events)).map(String);
  return blocks.map((block) => {
    const [, event, id, data = ''] = /^event: (\w+)\n(?:id: (\d+)\n)?data: (.*)\n\n$/.exec(block) ?? [];
    return event === 'text' ? [Number(id), JSON.parse(data)] : event;
  });
}

const never = () => new Promise<void>(() => {});

function asText(chunks: readonly Chunk[], { start = 0, redactor = null as Redactor | null, isWhole = true } = {}) {
  const { text, position } = trackLines(new ShownText(redactor), start);
  return read(logEvents({ text: liveText(chunksOf(chunks), text, never), position }, () => isWhole));
}

test('each piece of a text has the byte where the line under way begins, and after all of it comes the end', async () => {
  expect(await asText(['\u001b[32mone\u001b[0m\ntw', 'o\r2\n', 'three'])).toEqual([
    [13, 'one\n'],
    [19, '2\n'],
    [19, 'three'],
    'end',
  ]);
});

test('without the end of its job a text has none, and one that goes on counts from where it goes on', async () => {
  expect(await asText(['three\nfour\n'], { start: 18, isWhole: false })).toEqual([[29, 'three\nfour\n']]);
});

test('while what may be a secret is kept back, no byte of it counts as given', async () => {
  const redactor = Redactor.of(['secret-one']);
  const events = await asText(['a\nb secret\n', '-one and more\n', 'c\n'], { redactor });
  const given = events.filter((event) => Array.isArray(event)) as [number, string][];
  // Whatever piece is the last that came: what comes from its byte on, after it, is all there is.
  let before = '';
  for (const [id, piece] of given) {
    before += piece;
    const lines = 'a\nb secret\n-one and more\nc\n'.slice(0, id).split('\n').length;
    expect(before.split('\n').length, `after ${JSON.stringify(piece)}`).toBeGreaterThanOrEqual(lines);
  }
});

test('bytes as they are count as they are given, and a character that came in part waits for its rest', async () => {
  const text = Buffer.from('a€b\u{1f600}');
  const chunks = [text.subarray(0, 2), text.subarray(2, 3), text.subarray(3, 7), text.subarray(7)];
  const { text: whole, position } = trackBytes(chunksOf(chunks), 100);
  expect(await read(logEvents({ text: whole, position }, () => true))).toEqual([
    [101, 'a'],
    [105, '€b'],
    [109, '\u{1f600}'],
    'end',
  ]);
  const cut = trackBytes(chunksOf([text.subarray(0, 3)]), 0);
  expect(await read(logEvents(cut, () => false))).toEqual([[1, 'a']]);
  const ended = trackBytes(chunksOf([text.subarray(0, 3)]), 0);
  expect(await read(logEvents(ended, () => true))).toEqual([[1, 'a'], [3, '\ufffd'], 'end']);
});

test('a log that says nothing for a while sends a comment', async () => {
  const slow = async function* () {
    await new Promise((resolve) => setTimeout(resolve, 100));
    yield Buffer.from('late\n');
  };
  const events = (await Array.fromAsync(logEvents(trackBytes(slow(), 0), () => true, 10))).map(String);
  expect(events[0]).toBe(': \n\n');
  expect(events.at(-2)).toBe('event: text\nid: 5\ndata: "late\\n"\n\n');
});
