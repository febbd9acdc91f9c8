import { asText, type Document, isObject } from '../../dialects/answer/read-value.ts';
import type { AnswerStep, StopMeaning } from '../answer-step.ts';

const stopMeanings: Readonly<Record<string, StopMeaning>> = {
  end_turn: 'stop',
  stop_sequence: 'stop_sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  pause_turn: 'pause',
  refusal: 'content_filter',
};

export function stopMeaningOf(reason: string): StopMeaning {
  return Object.hasOwn(stopMeanings, reason) ? (stopMeanings[reason] ?? 'other') : 'other';
}

/** The explanation of a refusal is the only text that such an answer has. */
export function refusalSteps(stopDetails: unknown): readonly AnswerStep[] {
  const details = isObject(stopDetails) ? stopDetails : {};
  const text = details['type'] === 'refusal' ? asText(details['explanation']) : null;
  return text === null ? [] : [{ kind: 'refusal', text }];
}

/** What a content block says at its start. Blocks of tools that the provider runs itself say nothing: their text follows. */
export function openBlock(block: Document): readonly AnswerStep[] {
  switch (block['type']) {
    case 'text':
      return textStep('text', block['text']);
    case 'thinking':
      return textStep('thinking', block['thinking']);
    case 'redacted_thinking': {
      const proof = asText(block['data']);
      return proof === null ? [] : [{ kind: 'thinking_proof', proof, redacted: true }];
    }
    case 'tool_use':
      return [{ kind: 'tool_begin', id: asText(block['id']), name: asText(block['name']) ?? '', proof: null, freeform: false }];
    default:
      return [];
  }
}

export function textStep(kind: 'text' | 'thinking' | 'tool_input', value: unknown): readonly AnswerStep[] {
  const text = asText(value);
  return text === null ? [] : [{ kind, text }];
}

/** Arguments that came whole with the block instead of in pieces; `{}` is what every streamed call starts with. */
export function wholeInput(block: Document): string {
  const { input } = block as { input?: unknown };
  if (typeof input === 'string') return input;
  return isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : '';
}
