/** Reads server-sent events as a browser does, one after the other. */
export interface EventStream {
  /** The next one of that name; others before it are passed over. Rejects at the end. */
  next(event: string): Promise<{ id?: string; data: Record<string, unknown> }>;
  close(): void;
}

export async function listenTo(url: string, headers: Record<string, string>): Promise<EventStream> {
  const stop = new AbortController();
  const answer = await fetch(url, { headers, signal: stop.signal });
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  const reader = (answer.body as ReadableStream<Uint8Array<ArrayBuffer>>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let text = '';
  async function message(): Promise<string> {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const found = text.slice(0, end);
        text = text.slice(end + 2);
        return found;
      }
      const { value, done } = await reader.read();
      if (done) throw new Error('the stream has ended');
      text += value;
    }
  }
  return {
    async next(event) {
      for (;;) {
        const fields = new Map(
          (await message()).split('\n').map((line) => {
            const at = line.indexOf(': ');
            return [line.slice(0, at), line.slice(at + 2)] as const;
          }),
        );
        const id = fields.get('id');
        if (fields.get('event') === event)
          return {
            ...(id === undefined ? {} : { id }),
            data: JSON.parse(fields.get('data') ?? '{}'),
          };
      }
    },
    close: () => stop.abort(),
  };
}
