import { writeEvent } from '../../dialects/sse/write-event.ts';
import { listOf } from '../parts/json.ts';
import type { JsonObject, JsonValue } from '../translation.ts';

/** Where the content blocks of an answer go: out at once as events, or into one body. */
export interface BlockSink {
  open(block: JsonObject): string;
  delta(delta: JsonObject): string;
  close(): string;
}

export function writeNamed(data: JsonObject & { readonly type: string }): string {
  return writeEvent(JSON.stringify(data), data.type);
}

export class EventBlocks implements BlockSink {
  #index = 0;

  open(block: JsonObject): string {
    return writeNamed({ type: 'content_block_start', index: this.#index, content_block: block });
  }

  delta(delta: JsonObject): string {
    return writeNamed({ type: 'content_block_delta', index: this.#index, delta });
  }

  close(): string {
    return writeNamed({ type: 'content_block_stop', index: this.#index++ });
  }
}

/** Says nothing until the whole body is asked for. */
export class CollectedBlocks implements BlockSink {
  readonly content: JsonObject[] = [];
  #open: Record<string, JsonValue | undefined> = {};
  #pieces: string[] = [];

  open(block: JsonObject): string {
    this.#open = { ...block };
    this.#pieces = [];
    return '';
  }

  delta(delta: JsonObject): string {
    if (delta['type'] === 'signature_delta') this.#open['signature'] = delta['signature'];
    else if (delta['type'] === 'citations_delta') {
      this.#open['citations'] = [...listOf(this.#open['citations']), delta['citation'] ?? null];
    } else this.#pieces.push(String(delta['text'] ?? delta['thinking'] ?? delta['partial_json'] ?? ''));
    return '';
  }

  close(): string {
    const said = this.#pieces.join('');
    const block = this.#open;
    if (block['type'] === 'text') block['text'] = said;
    if (block['type'] === 'thinking') block['thinking'] = said;
    if (block['type'] === 'tool_use') block['input'] = readInput(said);
    this.content.push(block);
    return '';
  }
}

/** Arguments that are no JSON (cut off by the output limit) are kept as what they are. */
function readInput(text: string): JsonValue {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return { _invalid_json: text };
  }
}
