import type { Dialect } from '@aicarpool/shared-protocol';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { type Canonical, canonicalOf, type Loose } from './canonical.ts';

/** What one caller got: read by the official SDK of his dialect, and from the very bytes by the independent reader. */
export interface Heard {
  readonly status: number;
  readonly bytes: string;
  /** The connection ended as it should. */
  readonly isWhole: boolean;
  /** null: the SDK threw. */
  readonly bySdk: Canonical | null;
  readonly sdkError: unknown;
  readonly contentType: string;
}

const model = 'claude-sonnet-4-5';
const max_tokens = 1000;
const messages = [{ role: 'user' as const, content: 'hi' }];

type Fetch = typeof globalThis.fetch;
const ownFetch = globalThis.fetch;

/** Asks as the SDK of `dialect` does, with `key`, and keeps the bytes that it read. */
export async function askWithSdk(dialect: Dialect, origin: string, key: string, stream: boolean): Promise<Heard> {
  const tape = new Tape();
  let bySdk: Canonical | null = null;
  let sdkError: unknown = null;
  try {
    bySdk = canonicalOf(dialect, JSON.stringify(await asks[dialect](origin, key, stream, tape.fetch)), false);
  } catch (error) {
    sdkError = error;
  }
  return { ...(await tape.heard()), bySdk, sdkError };
}

const asks: Record<Dialect, (origin: string, key: string, stream: boolean, fetch: Fetch) => Promise<Loose>> = {
  'anthropic-messages': (origin, apiKey, stream, fetch) => {
    const sdk = new Anthropic({ baseURL: origin, apiKey, maxRetries: 0, fetch });
    const question = { model, max_tokens, messages };
    return stream ? sdk.messages.stream(question).finalMessage() : sdk.messages.create(question);
  },
  'openai-chat': (origin, apiKey, stream, fetch) => {
    const { chat } = new OpenAI({ baseURL: `${origin}/v1`, apiKey, maxRetries: 0, fetch });
    if (!stream) return chat.completions.create({ model, messages });
    return chat.completions.stream({ model, messages, stream_options: { include_usage: true } }).finalChatCompletion();
  },
  'openai-responses': (origin, apiKey, stream, fetch) => {
    const { responses } = new OpenAI({ baseURL: `${origin}/v1`, apiKey, maxRetries: 0, fetch });
    return stream ? responses.stream({ model, input: 'hi' }).finalResponse() : responses.create({ model, input: 'hi' });
  },
  gemini: async (origin, apiKey, stream, fetch) => {
    // This SDK takes no fetch of its own.
    globalThis.fetch = fetch;
    try {
      const { models } = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: origin, retryOptions: { attempts: 1 } } });
      if (!stream) return await models.generateContent({ model, contents: 'hi' });
      const chunks: Loose[] = [];
      for await (const chunk of await models.generateContentStream({ model, contents: 'hi' })) chunks.push(chunk);
      return chunks;
    } finally {
      globalThis.fetch = ownFetch;
    }
  },
};

/** Records what goes through a `fetch`. */
class Tape {
  #status = 0;
  #contentType = '';
  #bytes: Promise<{ text: string; isWhole: boolean }> = Promise.resolve({ text: '', isWhole: false });

  readonly fetch: Fetch = async (input, init) => {
    const answer = await ownFetch(input, init);
    this.#status = answer.status;
    this.#contentType = answer.headers.get('content-type') ?? '';
    this.#bytes = readAll(answer.clone());
    return answer;
  };

  async heard() {
    const { text, isWhole } = await this.#bytes;
    return { status: this.#status, contentType: this.#contentType, bytes: text, isWhole };
  }
}

async function readAll(answer: Response): Promise<{ text: string; isWhole: boolean }> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of answer.body ?? []) pieces.push(piece);
    return { text: Buffer.concat(pieces).toString(), isWhole: true };
  } catch {
    return { text: Buffer.concat(pieces).toString(), isWhole: false };
  }
}
