/** For every character (UTF-16) of a text, and its end, how many bytes of UTF-8 stand before it; counted once. */
export function bytePlaces(text: string): Uint32Array {
  const places = new Uint32Array(text.length + 1);
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    places[at] = bytes;
    const code = text.charCodeAt(at);
    // Both halves of a pair: four bytes in all.
    const isHalf = code >= 0xd800 && code <= 0xdfff;
    bytes += code < 0x80 ? 1 : code < 0x800 || isHalf ? 2 : 3;
  }
  places[text.length] = bytes;
  return places;
}

/** The first character at or behind a place in bytes. */
export function characterAt(places: Uint32Array, byte: number): number {
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) < byte) low = middle + 1;
    else high = middle;
  }
  return low;
}
