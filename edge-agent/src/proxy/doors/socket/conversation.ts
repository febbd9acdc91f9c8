/** Room for what all conversations of a node remember together. */
export class ConversationRoom {
  readonly bytesAtMost: number;
  readonly bytesEach: number;
  usedBytes = 0;

  constructor(bytesAtMost: number, bytesEach: number) {
    this.bytesAtMost = bytesAtMost;
    this.bytesEach = bytesEach;
  }
}

type Fields = Readonly<Record<string, unknown>>;

export type Resolved = { readonly ok: true; readonly body: Fields; readonly input: readonly string[] } | { readonly ok: false };

/**
 * What was said on one connection up to its last response, as JSON item by item: accounts that remember nothing are
 * given the whole of it, however little of it the caller repeats. A conversation that outgrows its room is forgotten;
 * its caller then learns that the response is not known, and sends everything.
 */
export class Conversation {
  readonly #room: ConversationRoom;
  #responseId: string | undefined;
  #items: readonly string[] = [];
  #bytes = 0;

  constructor(room: ConversationRoom) {
    this.#room = room;
  }

  /** The request with its whole input. Not ok: it goes on from a response that neither this node nor the account can know. */
  resolve(asked: Fields): Resolved {
    const { previous_response_id: previous, ...body } = asked;
    const added = itemsOf(asked['input']);
    if (typeof previous !== 'string') return { ok: true, body: asked, input: added };
    if (previous === this.#responseId) {
      const input = [...this.#items, ...added];
      return { ok: true, body: { ...body, input: input.map((item) => JSON.parse(item) as unknown) }, input };
    }
    return asked['store'] === false ? { ok: false } : { ok: true, body: asked, input: added };
  }

  /** The next request may go on from this response. */
  keep(responseId: string, input: readonly string[], output: readonly unknown[]): void {
    const items = [...input, ...output.map((item) => JSON.stringify(portable(item)))];
    const bytes = items.reduce((sum, item) => sum + 2 * item.length, 0);
    this.forget();
    const { bytesAtMost, bytesEach, usedBytes } = this.#room;
    if (bytes > bytesEach || usedBytes + bytes > bytesAtMost) return;
    this.#room.usedBytes += bytes;
    this.#responseId = responseId;
    this.#items = items;
    this.#bytes = bytes;
  }

  forget(): void {
    this.#room.usedBytes -= this.#bytes;
    this.#responseId = undefined;
    this.#items = [];
    this.#bytes = 0;
  }
}

function itemsOf(input: unknown): string[] {
  if (typeof input === 'string') return [JSON.stringify({ type: 'message', role: 'user', content: input })];
  return Array.isArray(input) ? input.map((item) => JSON.stringify(item)) : [];
}

const namedByContent = new Set(['message', 'reasoning', 'function_call', 'custom_tool_call', 'web_search_call']);

/** An item as its client would send it back: ids of items that no account has stored would be looked for in vain. */
function portable(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || !('type' in item) || !namedByContent.has(String(item.type))) return item;
  const { id: _id, status: _status, ...rest } = item as Record<string, unknown>;
  return rest;
}
