import type { SyncRequest } from '@aicarpool/shared-protocol';
import type { Store } from './disk/store.ts';

const rejectsPerQuestion = 1000;

/** Where this node stands in the history of the config: what it says in every sync, and how an answer moves it. */
export class Position {
  readonly #store: Store;
  readonly #resume = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  get epoch(): string {
    return this.#store.meta('epoch');
  }

  get base(): number {
    return Number(this.#store.meta('base'));
  }

  question(sessionNo: number): SyncRequest {
    const except: Record<string, number> = {};
    const digests: Record<string, string> = {};
    for (const { scope, digest, version } of this.#store.scopes()) {
      digests[scope] = digest;
      if (version !== null) except[scope] = version;
    }
    const rejects = this.#store.rejects().slice(0, rejectsPerQuestion);
    return {
      session_no: sessionNo,
      epoch: this.epoch,
      have: { base: this.base, except },
      digests,
      rejects: rejects.map(({ scope, kind, id, rev, code, message }) => ({ scope, kind, id, rev, code, message })),
      ...(this.#resume.size > 0 && { resume: Object.fromEntries(this.#resume) }),
    };
  }

  /** Does the node already hold a newer config than this answer tells of? Then a lagging replica gave it. */
  isAhead(answer: { epoch: string; head: number }): boolean {
    return answer.epoch === this.epoch && answer.head < this.base;
  }

  /** Is this older than what the node holds? Then a lagging replica sent it. */
  isOld(scope: string, to: number, epoch: string): boolean {
    const held = this.#store.findScope(scope);
    if (held === undefined || epoch !== this.epoch) return false;
    return to < (held.version ?? this.base);
  }

  isArriving(scope: string): boolean {
    return this.#resume.has(scope);
  }

  arriving(scope: string, next: string | undefined): void {
    if (next === undefined) this.#resume.delete(scope);
    else this.#resume.set(scope, next);
  }

  /** `applied`: scopes that the answer brought to their `to`; a scope without an answer did not change up to `head`. */
  advance(answer: { epoch: string; head: number; more: boolean }, applied: ReadonlyMap<string, number>): void {
    for (const { scope, version } of this.#store.scopes()) {
      const to = applied.get(scope);
      if (to !== undefined) this.#store.setScopeVersion(scope, to === answer.head ? null : to);
      else if (version !== null && version !== 0 && !answer.more) this.#store.setScopeVersion(scope, null);
    }
    this.#store.setMeta('epoch', answer.epoch);
    this.#store.setMeta('base', answer.head);
  }

  /** The scope must be sent whole. One of which the node holds nothing is sent whole anyway. */
  askWhole(scope: string): void {
    this.#store.setScopeVersion(scope, 0);
  }
}
