import type { AnswerStep, StopMeaning } from '../../answer-step.ts';

const meanings = new Map<string, StopMeaning>([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['LANGUAGE', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
  ['MODEL_ARMOR', 'content_filter'],
]);

/** New reasons come at any time: they end the answer as well. */
export function meaningOfFinish(reason: string): StopMeaning | undefined {
  return reason === 'FINISH_REASON_UNSPECIFIED' ? undefined : (meanings.get(reason) ?? 'other');
}

/** The prompt itself was refused: there is no candidate that could say a reason. */
export const blockedStop: AnswerStep = { kind: 'stop', meaning: 'content_filter', sequence: null };
