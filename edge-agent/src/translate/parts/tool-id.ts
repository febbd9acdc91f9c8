/**
 * The id of a tool call, which the caller gives back with its result: the upstream's own where it is one that every
 * API accepts, else one made from the request and the place of the call, the same for the same answer.
 */
export function madeToolId(prefix: string, id: string | null, requestId: string, place: number): string {
  if (id !== null && id !== '' && id.length <= 64 && isPlain(id)) return id;
  const source = [...requestId].filter(isPlain).join('').slice(-32);
  return `${prefix}_${source}_${place}`;
}

function isPlain(id: string): boolean {
  for (let at = 0; at < id.length; at++) {
    const code = id.charCodeAt(at);
    const isLetter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
    if (!isLetter && !(code >= 0x30 && code <= 0x39) && code !== 0x5f && code !== 0x2d) return false;
  }
  return true;
}
