import type { Refusal } from '@aicarpool/shared-protocol';
import type { JsonObject } from '../translation.ts';

/** A picture, a document or a sound: its bytes, or where they are. */
export interface Media {
  readonly kind: 'media';
  readonly mimeType: string;
  readonly base64: string | null;
  readonly url: string | null;
  readonly name: string | null;
  readonly cacheControl?: JsonObject;
}

export interface Text {
  readonly kind: 'text';
  readonly text: string;
  /** Of callers that mark for Anthropic what it may keep. */
  readonly cacheControl?: JsonObject;
}

/** Only thinking whose proof the upstream itself gave: nobody else's means anything to it. */
export interface Thinking {
  readonly kind: 'thinking';
  readonly text: string;
  readonly proof: string;
  readonly redacted: boolean;
  /** It proves the call behind it (Gemini). */
  readonly isOfCall: boolean;
}

export interface Call {
  readonly kind: 'call';
  readonly id: string;
  /** As the upstream knows the tool. */
  readonly name: string;
  readonly input: JsonObject;
}

export interface Result {
  readonly kind: 'result';
  readonly id: string;
  readonly name: string;
  readonly isError: boolean;
  readonly content: readonly (Text | Media)[];
}

export type TurnPart = Text | Media | Thinking | Call | Result;

/** What one side says before the other has its turn. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly parts: TurnPart[];
}

export interface Conversation {
  readonly system: readonly string[];
  readonly turns: readonly Turn[];
}

/** Thrown inside a pair and caught at its door: what the other format cannot express. */
export class NotTranslatable extends Error {
  readonly refusal: Refusal;

  constructor(feature: string, target: string, advice: string) {
    super(feature);
    const message = `${feature} cannot be expressed in ${target}. ${advice}`;
    this.refusal = { code: 'not_translatable', message };
  }
}

/** Adds to the turn of `role`, or begins one. */
export function addPart(turns: Turn[], role: Turn['role'], ...parts: readonly TurnPart[]): void {
  const last = turns.at(-1);
  if (last?.role === role) last.parts.push(...parts);
  else turns.push({ role, parts: [...parts] });
}
