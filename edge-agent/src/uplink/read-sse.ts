/** Longer than any event that the control plane sends; a stream that passes it is not one. */
const longestBufferChars = 4 * 1024 * 1024;

/**
 * The `data` of the server-sent events in a stream, wherever its bytes are cut. `onBytes` is called with every
 * chunk, comments too. Throws when an event grows beyond all bounds.
 */
export async function* readSse(body: AsyncIterable<Uint8Array>, onBytes: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let buffer = '';
  let data: string[] = [];
  for await (const chunk of body) {
    onBytes();
    buffer += decoder.decode(chunk, { stream: true });
    if (buffer.length > longestBufferChars) throw new Error('an event is too long');
    const lines = buffer.split(/\r\n|\n|\r(?!$)/);
    buffer = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
      if (line !== '' || data.length === 0) continue;
      yield data.join('\n');
      data = [];
    }
  }
}
