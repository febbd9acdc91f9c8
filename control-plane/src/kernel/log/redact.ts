const secretName =
  /(pass(word|wd)?|secret|credential|authorization|cookie|api[_-]?key|private[_-]?key|master[_-]?key|sealed|ciphertext)/i;
const tokenName = /(^|[_-])tokens?$|Token$/;
/** Counts of what a model counted, not credentials. */
const countName = /^(input|output|total|cached|thinking|max|used|limit|prompt|completion)/i;

/** Does a field of this name hold something that must not be shown? */
export function isSecretName(name: string): boolean {
  if (secretName.test(name)) return true;
  return tokenName.test(name) && !countName.test(name) && !name.endsWith('okens');
}

const shapes: readonly (readonly [RegExp, string])[] = [
  [/\b(ac[prn]_)[A-Za-z0-9_-]{8,}/g, '$1[redacted]'],
  [/\bng1\.[0-9a-f]{64}\.\S+/g, 'ng1.[redacted]'],
  [/\b(Carpool-(?:MAC|Token))\s+\S{8,}/gi, '$1 [redacted]'],
  [/\bsk-[A-Za-z0-9_-]{8,}/g, 'sk-[redacted]'],
  [/\bAIza[A-Za-z0-9_-]{20,}/g, 'AIza[redacted]'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 [redacted]'],
  [/(\w+:\/\/[^\s:/@]+:)[^\s@/]+@/g, '$1[redacted]@'],
  [/([?&](?:key|token|password|secret)=)[^&\s"]+/gi, '$1[redacted]'],
];

/** The text without anything shaped like a credential. */
export function scrub(text: string): string {
  let clean = text;
  for (const [shape, replacement] of shapes) clean = clean.replace(shape, replacement);
  return clean;
}
