/** Credentials as they look in text, ours and the providers'. Kept to shapes that nothing else has. */
const secrets: readonly RegExp[] = [
  /\bac[prn]_[\w-]{8,}/g,
  /\bng1\.[0-9a-f]{64}\.[\w.-]+/g,
  /\b(Carpool-(?:MAC|Token))\s+\S{8,}/gi,
  /\bsk-[\w-]{8,}/g,
  /\bAIza[\w-]{20,}/g,
  /\bya29\.[\w.-]{10,}/g,
  /\beyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?/g,
  /\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi,
  /([?&](?:key|api_key|access_token|token)=)[^&\s"']+/gi,
];

/** Takes every credential out of a text that goes to a log or to a screen. */
export function redact(text: string): string {
  let clean = text;
  for (const pattern of secrets) {
    clean = clean.replace(pattern, (_match, kept: unknown) => `${typeof kept === 'string' ? kept : ''}[redacted]`);
  }
  return clean;
}
