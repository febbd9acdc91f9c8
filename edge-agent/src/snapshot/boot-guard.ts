import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, type Json, SetDigest } from '@aicarpool/shared-protocol';
import { revisionHere } from './check-upsert.ts';
import type { Store, StoredResource } from './disk/store.ts';

const strikesAllowed = 2;
const rejectMessage = 'the node crashed twice in a row with this revision; the one before is in use';

/**
 * Keeps a config that crashes the node from doing it for ever. Every change writes down what was there before,
 * until a process has lived `healthyAfterMs` with it. A start after a crash counts; after two in a row the node
 * goes back to the last healthy config and refuses the revisions that it left. A node that was killed from
 * outside while it served is not blamed on its config.
 */
export class BootGuard {
  readonly #store: Store;
  readonly #marker: string;

  constructor(store: Store, dataDir: string) {
    this.#store = store;
    this.#marker = join(dataDir, 'crashed');
  }

  /** The first thing at a start. True: the node went back to the config before. */
  start(nowMs: number): boolean {
    const store = this.#store;
    const crashed = store.meta('activating') === '1' || existsSync(this.#marker);
    const proven = Number(store.meta('healthy_no')) >= Number(store.meta('apply_no'));
    const strikes = crashed && !proven ? Number(store.meta('strikes')) + 1 : Number(store.meta('strikes'));
    const goBack = strikes >= strikesAllowed && this.#hasUndo();
    store.db.transaction(() => {
      if (goBack) this.#goBack();
      store.setMeta('strikes', goBack ? 0 : strikes);
      store.setMeta('activating', 1);
      store.setMeta('applied_at', new Date(nowMs).toISOString());
    })();
    rmSync(this.#marker, { force: true });
    return goBack;
  }

  /** Another process of this node crashed while this one went on. What went back, when it was the second time. */
  strike(nowMs: number): readonly Undone[] | undefined {
    const store = this.#store;
    if (Number(store.meta('healthy_no')) >= Number(store.meta('apply_no'))) return undefined;
    const strikes = Number(store.meta('strikes')) + 1;
    const goBack = strikes >= strikesAllowed && this.#hasUndo();
    return store.db.transaction(() => {
      store.setMeta('strikes', goBack ? 0 : strikes);
      store.setMeta('applied_at', new Date(nowMs).toISOString());
      return goBack ? this.#goBack() : undefined;
    })();
  }

  /** Inside the transaction of a change, before it is activated: gives the number under which it can be undone. */
  begin(nowMs: number): number {
    const applyNo = Number(this.#store.meta('apply_no')) + 1;
    this.#store.setMeta('apply_no', applyNo);
    this.#store.setMeta('applied_at', new Date(nowMs).toISOString());
    this.#store.setMeta('activating', 1);
    return applyNo;
  }

  /** Writes down what a change replaces. Before the first healthy config there is nothing to go back to. */
  note(applyNo: number, scope: string, kind: string, id: string, before: StoredResource | undefined): void {
    if (Number(this.#store.meta('healthy_no')) === 0) return;
    this.#store.db
      .prepare('INSERT OR IGNORE INTO undo VALUES (?, ?, ?, ?, ?, ?)')
      .run(applyNo, scope, kind, id, before?.rev ?? null, before?.body ?? null);
  }

  /** A withdrawn key or account never comes back, whatever else is undone. */
  withdraw(scope: string, kind: string, id: string): void {
    this.#store.db.prepare('DELETE FROM undo WHERE scope = ? AND kind = ? AND id = ?').run(scope, kind, id);
  }

  activated(): void {
    this.#store.setMeta('activating', 0);
  }

  get applyNo(): number {
    return Number(this.#store.meta('apply_no'));
  }

  /** The process has lived long enough with everything up to this change. */
  healthy(applyNo: number, nowMs: number): void {
    this.#store.db.transaction(() => {
      this.#store.db.prepare('DELETE FROM undo WHERE apply_no <= ?').run(applyNo);
      this.#store.setMeta('healthy_no', applyNo);
      this.#store.setMeta('healthy_at', new Date(nowMs).toISOString());
      this.#store.setMeta('strikes', 0);
    })();
  }

  stoppedCleanly(): void {
    this.#store.setMeta('activating', 0);
    this.#store.setMeta('strikes', 0);
  }

  /** Called while the process dies of its own exception; a plain file, for the database may be inside a change. */
  crashed(reason: string): void {
    writeFileSync(this.#marker, reason.slice(0, 2000));
  }

  #hasUndo(): boolean {
    return this.#store.db.prepare('SELECT 1 FROM undo LIMIT 1').get() !== undefined;
  }

  #goBack(): readonly Undone[] {
    const oldest = this.#store.db.prepare<[], StoredUndo>(
      'SELECT scope, kind, id, rev, body, min(apply_no) FROM undo GROUP BY scope, kind, id',
    );
    const touched = new Set<string>();
    const all = oldest.all();
    for (const undo of all) {
      const now = this.#store.find(undo.scope, undo.kind, undo.id);
      touched.add(undo.scope);
      if (undo.rev === null || undo.body === null) this.#store.remove(undo.scope, undo.kind, undo.id);
      else this.#store.put({ ...undo, ...keepWithdrawals({ ...undo, rev: undo.rev, body: undo.body }, now?.body) });
      if (now) this.#store.putReject({ ...idOf(now), code: 'crash_loop', message: rejectMessage }, null);
    }
    for (const scope of touched) this.#resum(scope);
    this.#store.db.exec('DELETE FROM undo');
    return all;
  }

  #resum(scope: string): void {
    const digest = new SetDigest();
    for (const { rev } of this.#store.inScope(scope)) digest.add(rev);
    this.#store.putScope(scope, digest.toHex(), this.#store.findScope(scope)?.version ?? null);
  }
}

/** A resource that is again what it was before. */
export type Undone = Pick<StoredResource, 'scope' | 'kind' | 'id'>;

type StoredUndo = Omit<StoredResource, 'rev' | 'body'> & { rev: string | null; body: string | null };

function idOf({ scope, kind, id, rev }: StoredResource) {
  return { scope, kind, id, rev };
}

/** The older body, but never more permissive than the newer one in status and expiry; its revision is its own. */
function keepWithdrawals(older: StoredResource, newer: string | undefined): Pick<StoredResource, 'rev' | 'body'> {
  const { kind, id, rev, body: text } = older;
  if (newer === undefined) return { rev, body: text };
  const [before, after]: [Body, Body] = [JSON.parse(text), JSON.parse(newer)];
  const body: Record<string, Json> = { ...before };
  if (before.status === 'active' && after.status !== undefined) body['status'] = after.status;
  if (typeof after.expires_at === 'string') {
    const earlier = typeof before.expires_at === 'string' && Date.parse(before.expires_at) < Date.parse(after.expires_at);
    body['expires_at'] = earlier ? before.expires_at : after.expires_at;
  }
  const kept = canonicalJson(body);
  return { rev: kept === canonicalJson({ ...before }) ? rev : revisionHere(kind, id, body), body: kept };
}

type Body = Record<string, Json> & { readonly status?: Json; readonly expires_at?: Json };
