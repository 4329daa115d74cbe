/** An event as a browser would hand it out, or a comment. */
export type Received = {
  event: string | null;
  id: string | null;
  data: string | null;
  comment: string | null;
  retry: string | null;
};

/** An open stream of server-sent events. */
export type EventStream = {
  status: number;
  headers: Headers;
  /** What has come so far. */
  received: Received[];
  /** Resolves with all that came, when the stream ended or was cut. */
  ended: Promise<Received[]>;
  /** Whether it was ended, not cut. */
  isWhole(): boolean;
  /** Hangs up. */
  close(): void;
};

/** Opens a stream, and reads it as it comes. */
export async function openEvents(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
  const hangUp = new AbortController();
  const response = await fetch(url, { headers, signal: hangUp.signal });
  const received: Received[] = [];
  let whole = false;
  const read = async () => {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        received.push(...blocks.map(parsed));
      }
      whole = true;
    } catch {
      // Cut: by the server, by its end, or by the test. What has come, has come.
    }
    return received;
  };
  return {
    status: response.status,
    headers: response.headers,
    received,
    ended: read(),
    isWhole: () => whole,
    close: () => hangUp.abort(),
  };
}

/** Only what has data, with the data read. */
export function dataOf(received: readonly Received[]) {
  return received.flatMap(({ event, id, data }) =>
    data === null ? [] : [{ event, id: Number(id), data: JSON.parse(data) }],
  );
}

function parsed(block: string): Received {
  const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? null;
  return { event: field('event'), id: field('id'), data: field('data'), comment: field(''), retry: field('retry') };
}
