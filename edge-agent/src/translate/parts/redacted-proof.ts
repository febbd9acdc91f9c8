/** Data of redacted thinking, told from signatures (which hold no colon) where both come back in the same place. */
const REDACTED = 'redacted:';

export function markRedacted(proof: string): string {
  return `${REDACTED}${proof}`;
}

/** The data without its mark; undefined for a signature. */
export function findRedacted(proof: string): string | undefined {
  return proof.startsWith(REDACTED) ? proof.slice(REDACTED.length) : undefined;
}
