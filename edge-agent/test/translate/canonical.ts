import type { Dialect } from '@aicarpool/shared-protocol';
import { canonicalOfAnthropic } from './canonical-anthropic.ts';
import { canonicalOfChat } from './canonical-chat.ts';
import { canonicalOfGemini } from './canonical-gemini.ts';
import { canonicalOfResponses } from './canonical-responses.ts';

/** What an answer means, read without the code under test. Usage in disjoint parts, see the README of the corpus. */
export interface Canonical {
  readonly text: string;
  readonly thinking: string;
  readonly refusal: string;
  readonly toolCalls: readonly { readonly name: string; readonly args: unknown; readonly id?: string | null }[];
  /** `stop`, `length`, `tool_calls`, `content_filter`, `pause`, `other`; null: it never ended. */
  readonly stop: string | null;
  readonly usage: CanonicalUsage | null;
  readonly error: { readonly type: string; readonly message: string } | null;
  /** Signatures of thinking, encrypted reasoning, thought signatures, in order. */
  readonly proofs: readonly string[];
}

export interface CanonicalUsage {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly thinking: number | null;
}

export function canonicalOf(dialect: Dialect, bytes: Buffer | string, stream: boolean): Canonical {
  const text = bytes.toString();
  if (dialect === 'anthropic-messages') return canonicalOfAnthropic(text, stream);
  if (dialect === 'openai-chat') return canonicalOfChat(text, stream);
  if (dialect === 'openai-responses') return canonicalOfResponses(text, stream);
  return canonicalOfGemini(text, stream);
}

/** `any` by intent: recorded and produced JSON is looked at freely here. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Loose = any;

export function argsOf(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return { _invalid_json: text };
  }
}

/** Frames of an event stream, strict: a frame is an optional event line and data lines, parted by one blank line. */
export function framesOf(text: string): { readonly name: string; readonly data: string }[] {
  return text
    .split(/\r?\n\r?\n/)
    .filter((frame) => frame.trim() !== '')
    .map((frame) => {
      const lines = frame.split(/\r?\n/);
      const name = lines.find((line) => line.startsWith('event: '))?.slice(7) ?? '';
      const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6));
      return { name, data: data.join('\n') };
    });
}
