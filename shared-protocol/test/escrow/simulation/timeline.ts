/** Virtual time: what was put off happens in order of its instant, and of equal ones in the order in which it was put off. */
export class Timeline {
  nowMs = 1_000_000;
  #count = 0;
  readonly #heap: { readonly atMs: number; readonly no: number; readonly act: () => void }[] = [];

  after(delayMs: number, act: () => void): void {
    const entry = { atMs: this.nowMs + delayMs, no: this.#count++, act };
    this.#heap.push(entry);
    let at = this.#heap.length - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = this.#heap[up];
      if (!parent || !isBefore(entry, parent)) break;
      this.#heap[at] = parent;
      at = up;
    }
    this.#heap[at] = entry;
  }

  runUntil(endMs: number): void {
    for (let first = this.#heap[0]; first && first.atMs <= endMs; first = this.#heap[0]) {
      this.#removeFirst();
      this.nowMs = first.atMs;
      first.act();
    }
    this.nowMs = endMs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const leftOne = heap[left];
      const rightOne = heap[right];
      const [next, child] = rightOne && leftOne && isBefore(rightOne, leftOne) ? [right, rightOne] : [left, leftOne];
      if (!child || !isBefore(child, last)) break;
      heap[at] = child;
      at = next;
    }
    heap[at] = last;
  }
}

function isBefore(a: { readonly atMs: number; readonly no: number }, b: { readonly atMs: number; readonly no: number }): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.no < b.no);
}
