/** An event of a stream of server-sent events, its data read as JSON. */
export type ServerSentEvent = { event: string; data: unknown };

/** Reads a stream of server-sent events as it comes. Ends when the server ends it, or with an error when it is cut. */
export async function* eventsOf(url: string, signal?: AbortSignal): AsyncGenerator<ServerSentEvent> {
  const answer = await fetch(url, signal ? { signal } : {});
  if (!answer.ok || answer.body === null) throw new Error(`${url} was answered ${answer.status}`);
  let text = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}
