import type { Reject, SealedDataKey } from '@aicarpool/shared-protocol';
import type { WrittenMoment } from '../contact.ts';
import type { Sqlite } from './open-store.ts';

export interface StoredResource {
  readonly scope: string;
  readonly kind: string;
  readonly id: string;
  readonly rev: string;
  readonly body: string;
}

export type MetaName =
  | 'epoch'
  | 'base'
  | 'last_contact_ms'
  | 'last_contact_boot'
  | 'last_contact_up_ms'
  | 'build'
  | 'node_id'
  | 'apply_no'
  | 'applied_at'
  | 'healthy_no'
  | 'healthy_at'
  | 'activating'
  | 'strikes';

/** The config as it lies on disk: sealed blobs and hashes, never an opened secret. Statements, and nothing else. */
export class Store {
  readonly db: Sqlite;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(db: Sqlite) {
    this.db = db;
    this.#statements = prepare(db);
  }

  meta(name: MetaName): string {
    return this.#statements.getMeta.get(name)?.value ?? '';
  }

  setMeta(name: MetaName, value: string | number): void {
    this.#statements.setMeta.run(name, String(value));
  }

  /** When the control plane was last known to agree with this. */
  contact(): WrittenMoment | undefined {
    const wallMs = this.meta('last_contact_ms');
    const upMs = this.meta('last_contact_up_ms');
    if (wallMs === '') return undefined;
    const bootId = this.meta('last_contact_boot');
    return { wallMs: Number(wallMs), bootId, upMs: upMs === '' ? undefined : Number(upMs) };
  }

  setContact({ wallMs, bootId, upMs }: WrittenMoment): void {
    this.setMeta('last_contact_ms', wallMs);
    this.setMeta('last_contact_boot', bootId ?? '');
    this.setMeta('last_contact_up_ms', upMs ?? '');
  }

  find(scope: string, kind: string, id: string): StoredResource | undefined {
    return this.#statements.find.get(scope, kind, id);
  }

  put(row: StoredResource): void {
    this.#statements.put.run(row);
  }

  remove(scope: string, kind: string, id: string): void {
    this.#statements.remove.run(scope, kind, id);
  }

  all(): IterableIterator<StoredResource> {
    return this.#statements.all.iterate();
  }

  inScope(scope: string): { kind: string; id: string; rev: string }[] {
    return this.#statements.inScope.all(scope);
  }

  scopes(): { scope: string; digest: string; version: number | null }[] {
    return this.#statements.scopes.all();
  }

  findScope(scope: string): { digest: string; version: number | null } | undefined {
    return this.#statements.findScope.get(scope);
  }

  putScope(scope: string, digest: string, version: number | null): void {
    this.#statements.putScope.run(scope, digest, version);
  }

  /** `version`: where the scope stands when that is not the base; null: at the base; 0: ask for it whole. */
  setScopeVersion(scope: string, version: number | null): void {
    this.#statements.setScopeVersion.run(version, scope);
  }

  /** Scopes of which something was spoilt on disk and has not come again. */
  damaged(): string[] {
    return this.#statements.damaged.all();
  }

  markDamaged(scope: string): void {
    this.#statements.markDamaged.run(scope);
  }

  markWhole(scope: string): void {
    this.#statements.markWhole.run(scope);
  }

  dropScope(scope: string): void {
    for (const drop of this.#statements.dropScope) drop.run(scope);
  }

  /** Everything, down to the last row. */
  clear(): void {
    for (const table of ['meta', 'scope', 'resource', 'damaged', 'data_key', 'reject', 'undo', 'staged'])
      this.db.exec(`DELETE FROM ${table}`);
  }

  dataKeys(): (SealedDataKey & { scope: string })[] {
    return this.#statements.dataKeys.all();
  }

  putDataKey(scope: string, key: SealedDataKey): void {
    this.#statements.putDataKey.run({ scope, version: key.version, enc: key.enc, ciphertext: key.ciphertext });
  }

  rejects(): (Reject & { body: string | null })[] {
    return this.#statements.rejects.all();
  }

  rejectsIn(scope: string): (Reject & { body: string | null })[] {
    return this.#statements.rejectsIn.all(scope);
  }

  putReject(reject: Reject, body: string | null): void {
    this.#statements.putReject.run({ ...reject, body });
  }

  clearReject(scope: string, kind: string, id: string): void {
    this.#statements.clearReject.run(scope, kind, id);
  }

  stage(scope: string, place: number, kind: string, id: string, upsert: string): void {
    this.#statements.stage.run(scope, place, kind, id, upsert);
  }

  unstage(scope: string, kind: string, id: string): void {
    this.#statements.unstage.run(scope, kind, id);
  }

  forgetStaged(scope: string): void {
    this.#statements.forgetStaged.run(scope);
  }

  stagedAfter(scope: string, place: number, kind: string, id: string, limit: number) {
    return this.#statements.stagedAfter.all(scope, place, kind, id, limit);
  }
}

interface StagedRow {
  place: number;
  kind: string;
  id: string;
  upsert: string;
}

type RejectRow = Reject & { body: string | null };

function prepare(db: Sqlite) {
  const named = 'scope, kind, id, rev, body';
  return {
    getMeta: db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE name = ?'),
    setMeta: db.prepare<[string, string]>('INSERT OR REPLACE INTO meta VALUES (?, ?)'),
    find: db.prepare<[string, string, string], StoredResource>(
      `SELECT ${named} FROM resource WHERE scope = ? AND kind = ? AND id = ?`,
    ),
    put: db.prepare<[StoredResource]>('INSERT OR REPLACE INTO resource VALUES (@scope, @kind, @id, @rev, @body)'),
    remove: db.prepare<[string, string, string]>('DELETE FROM resource WHERE scope = ? AND kind = ? AND id = ?'),
    all: db.prepare<[], StoredResource>(`SELECT ${named} FROM resource`),
    inScope: db.prepare<[string], { kind: string; id: string; rev: string }>(
      'SELECT kind, id, rev FROM resource WHERE scope = ?',
    ),
    scopes: db.prepare<[], { scope: string; digest: string; version: number | null }>('SELECT * FROM scope'),
    findScope: db.prepare<[string], { digest: string; version: number | null }>(
      'SELECT digest, version FROM scope WHERE scope = ?',
    ),
    putScope: db.prepare<[string, string, number | null]>('INSERT OR REPLACE INTO scope VALUES (?, ?, ?)'),
    setScopeVersion: db.prepare<[number | null, string]>('UPDATE scope SET version = ? WHERE scope = ?'),
    damaged: db.prepare<[], string>('SELECT scope FROM damaged').pluck(),
    markDamaged: db.prepare<[string]>('INSERT OR IGNORE INTO damaged VALUES (?)'),
    markWhole: db.prepare<[string]>('DELETE FROM damaged WHERE scope = ?'),
    dropScope: ['scope', 'resource', 'damaged', 'data_key', 'reject', 'undo', 'staged'].map((table) =>
      db.prepare<[string]>(`DELETE FROM ${table} WHERE scope = ?`),
    ),
    dataKeys: db.prepare<[], SealedDataKey & { scope: string }>('SELECT * FROM data_key'),
    putDataKey: db.prepare<[SealedDataKey & { scope: string }]>(
      'INSERT OR REPLACE INTO data_key VALUES (@scope, @version, @enc, @ciphertext)',
    ),
    rejects: db.prepare<[], RejectRow>('SELECT * FROM reject'),
    rejectsIn: db.prepare<[string], RejectRow>('SELECT * FROM reject WHERE scope = ?'),
    putReject: db.prepare<[RejectRow]>('INSERT OR REPLACE INTO reject VALUES (@scope, @kind, @id, @rev, @code, @message, @body)'),
    clearReject: db.prepare<[string, string, string]>('DELETE FROM reject WHERE scope = ? AND kind = ? AND id = ?'),
    stage: db.prepare<[string, number, string, string, string]>('INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?, ?)'),
    unstage: db.prepare<[string, string, string]>('DELETE FROM staged WHERE scope = ? AND kind = ? AND id = ?'),
    forgetStaged: db.prepare<[string]>('DELETE FROM staged WHERE scope = ?'),
    stagedAfter: db.prepare<[string, number, string, string, number], StagedRow>(
      'SELECT place, kind, id, upsert FROM staged WHERE scope = ? AND (place, kind, id) > (?, ?, ?) ORDER BY place, kind, id LIMIT ?',
    ),
  };
}
