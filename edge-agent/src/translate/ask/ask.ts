import type { Conversation } from '../request/turns.ts';
import type { JsonObject } from '../translation.ts';

export interface AskedTool {
  readonly name: string;
  readonly description: string | null;
  readonly schema: JsonObject;
  readonly strict: boolean | null;
  /** Of callers that mark for Anthropic what it may keep. */
  readonly cacheControl?: JsonObject;
}

export type AskedChoice = 'auto' | 'none' | 'required' | { readonly name: string };

/** `effort`: OpenAI's words for it; `budget`: tokens; neither: as much as the model likes. */
export interface AskedThinking {
  readonly effort: string | null;
  readonly budget: number | null;
  /** The caller wants to read along. */
  readonly isShown: boolean;
}

/** `schema` null: any JSON. */
export interface AskedJson {
  readonly schema: JsonObject | null;
  readonly name: string;
  readonly strict: boolean | null;
}

export interface AskedSearch {
  readonly allowedDomains: readonly string[];
  readonly blockedDomains: readonly string[];
  /** Where the asker is, as OpenAI and Anthropic both say it. */
  readonly place: JsonObject | null;
}

/** What a request asks for, read from one dialect; null and empty: it does not say. */
export interface Ask {
  readonly conversation: Conversation;
  readonly tools: readonly AskedTool[];
  readonly choice: AskedChoice | null;
  readonly isParallel: boolean | null;
  readonly search: AskedSearch | null;
  readonly maxTokens: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly stop: readonly string[];
  readonly seed: number | null;
  readonly presencePenalty: number | null;
  readonly frequencyPenalty: number | null;
  readonly thinking: AskedThinking | null;
  readonly json: AskedJson | null;
}
