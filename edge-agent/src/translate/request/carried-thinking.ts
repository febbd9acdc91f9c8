import type { Dialect } from '@aicarpool/shared-protocol';
import { findJson, findText, objectsOf } from '../parts/json.ts';
import { unwrapProof, wrapProof } from '../parts/thinking-proof.ts';

/** One block of thinking with what proves it; `text` is empty where the provider only gave the proof. */
export interface ProvenThinking {
  readonly text: string;
  readonly proof: string;
  readonly redacted: boolean;
}

/**
 * Thinking on its way through a Gemini client. Gemini CLI forgets thought parts and keeps the thoughtSignature of the
 * part behind them, so that signature carries all the thinking that another provider wants back.
 */
export function carryThinking(dialect: Dialect, thinking: readonly ProvenThinking[]): string {
  // In Gemini's API a signature is bytes: SDKs of typed languages refuse what is no base64.
  return Buffer.from(wrapProof(dialect, JSON.stringify(thinking)), 'utf8').toString('base64');
}

/** What a thoughtSignature carries for `dialect`; undefined where it is Google's own or of another provider. */
export function findCarriedThinking(dialect: Dialect, signature: string): readonly ProvenThinking[] | undefined {
  const unwrapped = unwrapProof(Buffer.from(signature, 'base64').toString('utf8'));
  if (unwrapped?.dialect !== dialect) return undefined;
  return objectsOf(findJson(unwrapped.proof)).flatMap(({ text, proof, redacted }) => {
    const known = findText(proof);
    return known === undefined ? [] : [{ text: findText(text) ?? '', proof: known, redacted: redacted === true }];
  });
}
