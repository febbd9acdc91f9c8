import { findJson, findText, textOf } from '../../parts/json.ts';
import { type ThinkingProof, unwrapProof } from '../../parts/thinking-proof.ts';
import type { JsonObject } from '../../translation.ts';

/** What a thinking block carries, unwrapped; undefined for Anthropic's own proofs and for none. */
export function findBlockProof(block: JsonObject): ThinkingProof | undefined {
  const text = findText(block['type'] === 'redacted_thinking' ? block['data'] : block['signature']);
  return text === undefined ? undefined : unwrapProof(text);
}

/**
 * The thinking of one assistant turn as the chat vendor that gave it wants it back: `reasoning_details` where it proved
 * them, else `reasoning_content` (DeepSeek, Kimi and others ask for it between tool calls). Foreign thinking stays out.
 */
export function findChatReasoning(blocks: readonly JsonObject[]): JsonObject {
  const texts: string[] = [];
  const details: JsonObject[] = [];
  for (const block of blocks) {
    const proof = findBlockProof(block);
    if (proof?.dialect === 'openai-chat') {
      const known = findJson(proof.proof);
      if (Array.isArray(known)) details.push(...(known as JsonObject[]));
    } else if (block['type'] === 'thinking' && findText(block['signature']) === undefined) {
      texts.push(textOf(block['thinking']));
    }
  }
  const text = texts.join('');
  return {
    ...(details.length > 0 ? { reasoning_details: details } : {}),
    ...(text === '' ? {} : { reasoning_content: text }),
  };
}
