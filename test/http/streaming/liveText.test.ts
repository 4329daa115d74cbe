import { expect, test } from 'vitest';
import { liveText } from '../../../src/http/streaming/liveText.ts';
import { Redactor } from '../../../src/security/redaction/redactor.ts';
import { ShownText } from '../../../src/security/redaction/shownText.ts';
import { until } from '../../support/waiting/until.ts';

/** A log whose chunks come when the test sends them, and a wait that ends when the test says so. */
function setUp(redactor: Redactor | null = null) {
  const sent: Buffer[] = [];
  let isOver = false;
  let wake = () => {};
  const chunks = async function* () {
    for (;;) {
      const chunk = sent.shift();
      if (chunk !== undefined) yield chunk;
      else if (isOver) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const waits: (() => void)[] = [];
  const text: string[] = [];
  const reading = (async () => {
    const wait = () => new Promise<void>((resolve) => waits.push(resolve));
    for await (const part of liveText(chunks(), new ShownText(redactor), wait)) text.push(String(part));
  })();
  return {
    text,
    waits,
    send: (chunk: string) => {
      sent.push(Buffer.from(chunk));
      wake();
    },
    /** Two seconds are over. */
    pass: async () => {
      await until(() => waits.length > 0);
      waits.shift()?.();
    },
    end: async () => {
      isOver = true;
      wake();
      await reading;
      return text.join('');
    },
  };
}

test('of a bar that is being drawn the newest frame is shown from time to time, each in a line of its own', async () => {
  const { text, send, pass, end } = setUp();
  send('start\n\r 0%|  | 0/9\r 11%|  | 1/9   ');
  await until(() => text.join('') === 'start\n');
  await pass();
  await until(() => text.join('') === 'start\n 11%|  | 1/9');
  send('\r 22%|  | 2/9\r 33%|  | 3/9');
  await pass();
  await until(() => text.join('').endsWith('\n 33%|  | 3/9'));
  send('\r100%|##| 9/9\ndone\n');
  expect(await end()).toBe('start\n 11%|  | 1/9\n 33%|  | 3/9\n100%|##| 9/9\ndone\n');
});

test('a line that is written in parts is whole, however long it takes', async () => {
  const { text, send, pass, end } = setUp();
  send('Loading ');
  await pass();
  await until(() => text.join('') === 'Loading');
  send('weights');
  await until(() => text.join('') === 'Loading weights');
  send(' … done\nnext');
  expect(await end()).toBe('Loading weights … done\nnext');
});

test('a frame is shown once, and a silent log costs nothing', async () => {
  const { text, waits, send, pass, end } = setUp();
  send('\r 11%');
  await pass();
  await until(() => text.length === 1);
  expect(waits).toHaveLength(0);
  expect(await end()).toBe(' 11%');
});

test('the start of a secret waits for what follows, and is redacted when a line in which nothing follows is shown', async () => {
  const { text, send, pass, end } = setUp(Redactor.of(['sk-Planted-0123']));
  send('plain\n\x1b[2Ksk-Pl');
  await until(() => text.join('') === 'plain\n');
  send('\r\x1b[Kkey sk-Plan\n');
  // A follower sees the lines before it at once.
  await until(() => text.join('') === 'plain\nkey ');
  await pass();
  await until(() => text.join('') === 'plain\nkey *******\n');
  send('overwritten\rted-0123 and more\nnext\n');
  expect(await end()).toBe('plain\nkey *******\n******** and more\nnext\n');
});
