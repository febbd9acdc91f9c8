import type { TokenUsage } from '@aicarpool/shared-protocol';

/** Why an answer ended, by its meaning; every dialect has its own words for them. */
export type StopMeaning = 'stop' | 'stop_sequence' | 'length' | 'tool_calls' | 'content_filter' | 'pause' | 'other';

/**
 * A page that stands behind the text from `from` to `to`: characters (UTF-16) of all text that the answer has said so far.
 * `quote`: words of that page.
 */
export interface Citation {
  readonly kind: 'citation';
  readonly url: string;
  readonly title: string | null;
  readonly quote: string | null;
  readonly from: number;
  readonly to: number;
}

/**
 * What happens in an answer, one step after the other, whatever dialect it comes in. Readers give them in an order that
 * every writer can follow: one thing at a time, a tool call is opened, fed and closed before the next thing begins.
 */
export type AnswerStep =
  | { readonly kind: 'begin'; readonly id: string | null; readonly model: string | null }
  | { readonly kind: 'text'; readonly text: string }
  /** Words with which the model itself refuses, where the dialect tells them from text. */
  | { readonly kind: 'refusal'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  /** Closes the thinking before it, or stands alone. What proves it to its own provider, to be given back verbatim. */
  | { readonly kind: 'thinking_proof'; readonly proof: string; readonly redacted: boolean }
  /** `proof`: Gemini's thoughtSignature of the call. `freeform`: its input is plain text, not JSON. */
  | {
      readonly kind: 'tool_begin';
      readonly id: string | null;
      readonly name: string;
      readonly proof: string | null;
      readonly freeform: boolean;
    }
  | { readonly kind: 'tool_input'; readonly text: string }
  | { readonly kind: 'tool_end' }
  /** Comes behind the text that it is about. */
  | Citation
  | { readonly kind: 'image'; readonly mimeType: string; readonly base64: string }
  /** The newest known usage; replaces what came before. */
  | { readonly kind: 'usage'; readonly usage: TokenUsage }
  | { readonly kind: 'stop'; readonly meaning: StopMeaning; readonly sequence: string | null }
  /** An error in place of, or after, a part of an answer. */
  | { readonly kind: 'error'; readonly type: string; readonly message: string };

/** Reads one upstream answer, decoded, in any cut. Never throws on what a provider sends; its memory is bounded. */
export interface AnswerReader {
  push(chunk: Buffer): readonly AnswerStep[];
  /** Call once. After an `end` without a proper close the steps hold no `stop`. */
  end(how: 'end' | 'cut'): readonly AnswerStep[];
}

/** Says an answer in the caller's dialect. */
export interface AnswerWriter {
  /** Bytes that may leave now; '' while there is nothing to say (a JSON body says everything at its end). */
  write(step: AnswerStep): string;
  /** Call once, after the last step. `cut`: the upstream broke off; a stream then ends with an error in its dialect. */
  end(how: 'end' | 'cut'): string;
}
