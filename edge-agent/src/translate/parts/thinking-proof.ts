import { type Dialect, dialects } from '@aicarpool/shared-protocol';

/** Begins with a character that conversations hardly hold, so that looking for it costs next to nothing. */
export const PROOF_MARK = '~acp1.';
/** The same where a signature is bytes, said in base64 (Gemini). */
export const PROOF_MARK_BASE64 = Buffer.from(PROOF_MARK, 'utf8').toString('base64');
const CALL = 'call:';

export interface ThinkingProof {
  readonly dialect: Dialect;
  /** It proves the tool call behind it (Gemini), not the thinking it stands with. */
  readonly isOfCall: boolean;
  /** As its provider gave it. */
  readonly proof: string;
}

/** A proof of thinking means nothing to another provider: marked with where it comes from it can be told and put back. */
export function wrapProof(dialect: Dialect, proof: string): string {
  return `${PROOF_MARK}${dialect}.${Buffer.from(proof, 'utf8').toString('base64url')}`;
}

/** The proof of one tool call, said as thinking right before it. */
export function wrapCallProof(dialect: Dialect, proof: string): string {
  return wrapProof(dialect, `${CALL}${proof}`);
}

export function unwrapProof(text: string): ThinkingProof | undefined {
  if (!text.startsWith(PROOF_MARK)) return undefined;
  const dot = text.indexOf('.', PROOF_MARK.length);
  const name = text.slice(PROOF_MARK.length, dot);
  const dialect = dot === -1 ? undefined : dialects.find((one) => one === name);
  if (!dialect) return undefined;
  const proof = Buffer.from(text.slice(dot + 1), 'base64url').toString('utf8');
  const isOfCall = proof.startsWith(CALL);
  return { dialect, isOfCall, proof: isOfCall ? proof.slice(CALL.length) : proof };
}

/** Data of redacted thinking, told from signatures (which hold no colon) where both come back in the same place. */
const REDACTED = 'redacted:';

export function markRedacted(proof: string): string {
  return `${REDACTED}${proof}`;
}

/** The data without its mark; undefined for a signature. */
export function findRedacted(proof: string): string | undefined {
  return proof.startsWith(REDACTED) ? proof.slice(REDACTED.length) : undefined;
}
