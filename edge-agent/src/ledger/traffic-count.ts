const dayMs = 86_400_000;
const seconds = 60;

/** Counts finished requests: since midnight UTC, and over the last 60 seconds. */
export class TrafficCount {
  readonly #nowMs: () => number;
  readonly #perSecond = new Array<number>(seconds).fill(0);
  #newestSecond: number;
  #day: number;
  #today: number;

  constructor(nowMs: () => number, today: number) {
    this.#nowMs = nowMs;
    this.#today = today;
    this.#day = Math.floor(nowMs() / dayMs);
    this.#newestSecond = Math.floor(nowMs() / 1000);
  }

  add(): void {
    const second = this.#turn();
    this.#today += 1;
    this.#perSecond[second % seconds] = (this.#perSecond[second % seconds] ?? 0) + 1;
  }

  today(): number {
    this.#turn();
    return this.#today;
  }

  lastMinute(): number {
    this.#turn();
    return this.#perSecond.reduce((sum, count) => sum + count, 0);
  }

  /** Forgets what time has passed over; a clock that stepped back a little goes on in the newest second. */
  #turn(): number {
    const nowMs = this.#nowMs();
    const day = Math.floor(nowMs / dayMs);
    if (day !== this.#day) this.#today = 0;
    this.#day = day;
    const second = Math.floor(nowMs / 1000);
    if (second < this.#newestSecond - seconds) this.#newestSecond = second;
    const passed = Math.min(seconds, second - this.#newestSecond);
    for (let back = 0; back < passed; back += 1) this.#perSecond[(second - back) % seconds] = 0;
    this.#newestSecond = Math.max(second, this.#newestSecond);
    return this.#newestSecond;
  }
}
