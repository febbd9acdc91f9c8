const share = 0.2;
const atLeast = 3;

interface Pool {
  active: number;
  retries: number;
}

/** Keeps repeats from multiplying trouble: of a group's running requests, a fifth (at least three) may be repeats. */
export class RetryBudget {
  readonly #pools = new Map<string, Pool>();

  begin(groupId: string): void {
    const pool = this.#pools.get(groupId);
    if (pool) pool.active += 1;
    else this.#pools.set(groupId, { active: 1, retries: 0 });
  }

  /** One more running request becomes a repeat. Once per request: its later repeats are the same one. */
  mayRetry(groupId: string): boolean {
    const pool = this.#pools.get(groupId);
    if (!pool || pool.retries >= Math.max(atLeast, Math.floor(pool.active * share))) return false;
    pool.retries += 1;
    return true;
  }

  end(groupId: string, wasRetried: boolean): void {
    const pool = this.#pools.get(groupId);
    if (!pool) return;
    pool.active -= 1;
    if (wasRetried) pool.retries -= 1;
    if (pool.active <= 0) this.#pools.delete(groupId);
  }
}
