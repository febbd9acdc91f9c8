/** What every API takes for the name of a function. */
const MAX_NAME_CHARS = 64;
const HASH_CHARS = 8;

/**
 * The same name where every API takes it; else its allowed characters and a hash of the whole, so that two names never
 * become one. The way back is a look-up: the caller's request, which names its tools, is there when the answer is said.
 */
export function portableName(name: string): string {
  if (name.length <= MAX_NAME_CHARS && /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return name;
  const plain = name.replaceAll(/[^A-Za-z0-9_-]/g, '_');
  const begun = /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
  return `${begun.slice(0, MAX_NAME_CHARS - HASH_CHARS - 1)}_${hash(name)}`;
}

/** Ids of calls: as given where every API takes them. */
export function portableId(id: string): string {
  return id.length <= MAX_NAME_CHARS && /^[A-Za-z0-9_-]+$/.test(id) ? id : portableName(id);
}

/** FNV-1a, twice over 32 bits: names are few, and nobody gains by making two of their own meet. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value.toString(16).padStart(HASH_CHARS, '0');
}
