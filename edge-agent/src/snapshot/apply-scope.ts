import { type Reject, type ScopeChange, SetDigest, upsertOrder } from '@aicarpool/shared-protocol';
import type { BootGuard } from './boot-guard.ts';
import { type Checked, checkUpsert } from './check-upsert.ts';
import type { Compiler } from './compile/compiler.ts';
import type { Store } from './disk/store.ts';
import { type ConfigNews, toTell } from './follow/config-change.ts';
import type { Secrets } from './secrets.ts';

/** A change as it came: the upserts are not trusted yet, each is checked by itself. */
export type RawChange = Omit<ScopeChange, 'upsert'> & { readonly upsert: readonly unknown[] };

export interface ApplyParts {
  readonly store: Store;
  readonly secrets: Secrets;
  readonly guard: BootGuard;
  readonly compiler: Compiler;
  readonly news: ConfigNews;
  readonly nowMs: () => number;
}

/** `mismatch`: nothing changed, the scope must be asked for whole. */
export type ApplyResult = 'applied' | 'mismatch';

/** Rows that are worked on before the event loop may look after its streams. */
export const rowsPerTurn = 500;
const withdrawable = new Set(['key', 'upstream']);

/**
 * Applies a delta or a whole scope in one transaction: withdrawals first, then upserts in order, then the other
 * removals. A refused upsert keeps the last good revision and blocks nothing. The working copy for snapshots
 * follows after the commit.
 */
export async function applyScope(parts: ApplyParts, change: RawChange, upserts: Iterable<unknown[]>): Promise<ApplyResult> {
  const work = new ScopeWork(parts, change);
  for (const key of change.data_keys) await parts.secrets.learn(change.scope, key);
  parts.store.db.exec('BEGIN IMMEDIATE');
  try {
    work.begin();
    for (const batch of upserts) {
      for (const raw of batch) work.upsert(raw);
      if (batch.length === rowsPerTurn) await turn();
    }
    if (!(await work.finish())) {
      parts.store.db.exec('ROLLBACK');
      return 'mismatch';
    }
    parts.store.db.exec('COMMIT');
  } catch (error) {
    if (parts.store.db.inTransaction) parts.store.db.exec('ROLLBACK');
    throw error;
  }
  await work.compile();
  return 'applied';
}

/** The upserts of one answer in the order of work, in portions. */
export function* inOrder(upserts: readonly unknown[]): Generator<unknown[]> {
  const sorted = upserts.map((raw) => ({ raw, place: placeOf(raw) })).sort((a, b) => a.place - b.place);
  for (let at = 0; at < sorted.length; at += rowsPerTurn) yield sorted.slice(at, at + rowsPerTurn).map(({ raw }) => raw);
}

/** Where an upsert stands in the order of work; kinds that this build does not know come last. */
export function placeOf(raw: unknown): number {
  const kind: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, 'kind') : undefined;
  const place = (upsertOrder as readonly unknown[]).indexOf(kind);
  return place < 0 ? upsertOrder.length : place;
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

class ScopeWork {
  readonly #parts: ApplyParts;
  readonly #change: RawChange;
  readonly #digest: SetDigest;
  readonly #listed = new Set<string>();
  readonly #removed: [string, string][] = [];
  readonly #added: Checked[] = [];
  readonly #refused = new Map<string, Reject & { body: string | null }>();
  #applyNo = 0;

  constructor(parts: ApplyParts, change: RawChange) {
    this.#parts = parts;
    this.#change = change;
    this.#digest = new SetDigest(parts.store.findScope(change.scope)?.digest);
  }

  begin(): void {
    const { store, guard, nowMs } = this.#parts;
    this.#applyNo = guard.begin(nowMs());
    for (const key of this.#change.data_keys) store.putDataKey(this.#change.scope, key);
    for (const reject of store.rejectsIn(this.#change.scope)) this.#refused.set(nameOf(reject.kind, reject.id), reject);
    // One without a name cannot be cured by its successor: the digest will tell whether it is still missed.
    for (const { kind, id } of [...this.#refused.values()]) if (id === '') this.#settleReject(kind, id);
    for (const [kind, id] of this.#change.remove) if (withdrawable.has(kind)) this.#remove(kind, id);
    if (this.#change.data_keys.length > 0) this.#retryUnsealable();
  }

  upsert(raw: unknown): void {
    const { scope } = this.#change;
    const checked = checkUpsert(scope, raw);
    const reject = checked.ok ? this.#objection(checked.value) : checked.reject;
    const { kind, id } = checked.ok ? checked.value : checked.reject;
    this.#listed.add(nameOf(kind, id));
    if (reject) this.#refuse(reject, checked.ok ? checked.value.text : null);
    if (reject || !checked.ok) return;
    const { rev, text } = checked.value;
    this.#settleReject(kind, id);
    const before = this.#parts.store.find(scope, kind, id);
    if (before?.rev === rev) return;
    this.#parts.guard.note(this.#applyNo, scope, kind, id, before);
    this.#parts.store.put({ scope, kind, id, rev, body: text });
    if (before) this.#digest.remove(before.rev);
    this.#digest.add(rev);
    this.#added.push(checked.value);
  }

  /** False: what the node would hold is not what the control plane says, and no refusal explains it. */
  async finish(): Promise<boolean> {
    const { scope, mode, remove, to, digest } = this.#change;
    for (const [kind, id] of remove) if (!withdrawable.has(kind)) this.#remove(kind, id);
    if (mode === 'full') await this.#removeUnlisted();
    if (this.#refused.size === 0 && this.#digest.toHex() !== digest) return false;
    this.#parts.store.putScope(scope, this.#digest.toHex(), to);
    if (mode === 'full') this.#parts.store.markWhole(scope);
    return true;
  }

  async compile(): Promise<void> {
    const { compiler } = this.#parts;
    const { scope, mode } = this.#change;
    for (const [kind, id] of this.#removed) compiler.remove(scope, kind, id);
    for (let at = 0; at < this.#added.length; at += rowsPerTurn) {
      for (const checked of this.#added.slice(at, at + rowsPerTurn)) compiler.upsert(scope, checked);
      if (at + rowsPerTurn < this.#added.length) await turn();
    }
    if (mode === 'full') compiler.markWhole(scope);
    this.#tell();
  }

  #tell(): void {
    const { news } = this.#parts;
    if (!news.isFollowed) return;
    const { scope, data_keys: dataKeys } = this.#change;
    const added = this.#added.map(({ kind, id, text }) => ({ kind, id, text }));
    news.tell(toTell({ is: 'scope', no: this.#applyNo, scope, removed: this.#removed, added, dataKeys }));
  }

  #objection({ kind, id, rev, resource }: Checked): Reject | undefined {
    const { scope } = this.#change;
    const known = this.#refused.get(nameOf(kind, id));
    if (known?.code === 'crash_loop' && known.rev === rev) return known;
    if (resource.kind !== 'upstream') return undefined;
    if (this.#parts.secrets.open(scope, id, resource.body.credential) !== undefined) return undefined;
    const version = resource.body.credential.key_version;
    return { scope, kind, id, rev, code: 'unsealable', message: `does not open with data key ${version} of this group` };
  }

  #refuse({ scope, kind, id, rev, code, message }: Reject, body: string | null): void {
    const kept = code === 'unsealable' ? body : null;
    this.#parts.store.putReject({ scope, kind, id, rev, code, message }, kept);
    this.#refused.set(nameOf(kind, id), { scope, kind, id, rev, code, message, body: kept });
  }

  #settleReject(kind: string, id: string): void {
    if (this.#refused.delete(nameOf(kind, id))) this.#parts.store.clearReject(this.#change.scope, kind, id);
  }

  #remove(kind: string, id: string): void {
    const { scope } = this.#change;
    const before = this.#parts.store.find(scope, kind, id);
    this.#settleReject(kind, id);
    if (withdrawable.has(kind)) this.#parts.guard.withdraw(scope, kind, id);
    if (!before) return;
    if (!withdrawable.has(kind)) this.#parts.guard.note(this.#applyNo, scope, kind, id, before);
    this.#parts.store.remove(scope, kind, id);
    this.#digest.remove(before.rev);
    this.#removed.push([kind, id]);
  }

  async #removeUnlisted(): Promise<void> {
    let done = 0;
    for (const { kind, id } of this.#parts.store.inScope(this.#change.scope)) {
      if (this.#listed.has(nameOf(kind, id))) continue;
      this.#remove(kind, id);
      done += 1;
      if (done % rowsPerTurn === 0) await turn();
    }
    for (const { kind, id } of this.#refused.values()) if (!this.#listed.has(nameOf(kind, id))) this.#settleReject(kind, id);
  }

  // What did not open for want of a key is offered again when a key comes.
  #retryUnsealable(): void {
    for (const { kind, id, rev, code, body } of [...this.#refused.values()]) {
      if (code === 'unsealable' && body !== null) this.upsert({ kind, id, rev, body: JSON.parse(body) });
    }
    this.#listed.clear();
  }
}

function nameOf(kind: string, id: string): string {
  return `${kind}\0${id}`;
}
