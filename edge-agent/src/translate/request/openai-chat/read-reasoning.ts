import type { Dialect } from '@aicarpool/shared-protocol';
import { findText, objectOf, objectsOf, textOf } from '../../parts/json.ts';
import { unwrapProof } from '../../parts/thinking-proof.ts';
import type { JsonObject } from '../../translation.ts';
import type { Thinking } from '../turns.ts';

/**
 * Thinking that an assistant's message brings back: only where the upstream itself proved it. `reasoning_details` is what
 * answers gave; clients that keep them in one string say `reasoning_signature`.
 */
export function readReasoning(message: JsonObject, target: Dialect): readonly Thinking[] {
  const spoken = findText(message['reasoning_content']) ?? textOf(message['reasoning']);
  const found = objectsOf(message['reasoning_details']).flatMap((detail) => {
    const isText = detail['type'] === 'reasoning.text';
    return thinkingOf(isText ? detail['signature'] : detail['data'], findText(detail['text']) ?? '', !isText, target);
  });
  return found.length > 0 ? found : thinkingOf(message['reasoning_signature'], spoken, false, target);
}

function thinkingOf(proof: JsonObject[string], text: string, redacted: boolean, target: Dialect): readonly Thinking[] {
  const unwrapped = unwrapProof(textOf(proof));
  if (unwrapped?.dialect !== target) return [];
  return [{ kind: 'thinking', text, proof: unwrapped.proof, redacted, isOfCall: unwrapped.isOfCall }];
}

/** Where Google puts the signature of a call in this format; clients that know one per message say it there. */
export function findCallSignature(call: JsonObject, message: JsonObject): string | undefined {
  const google = objectOf(objectOf(call['extra_content'])['google']);
  const ofCall = findText(google['thought_signature']);
  if (ofCall !== undefined) return ofCall;
  const ofMessage = findText(message['reasoning_signature']);
  return ofMessage === undefined || unwrapProof(ofMessage) ? undefined : ofMessage;
}
