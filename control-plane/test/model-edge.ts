import { type ScopeChange, SetDigest, type SyncRequest, type Upsert } from '@aicarpool/shared-protocol';

type Resources = Map<string, Upsert>;

export interface AppliedAnswer {
  readonly epoch: string;
  readonly head: number;
  readonly scopes: readonly ScopeChange[];
  readonly more: boolean;
}

/** What the contract of `sync` asks of a node, and nothing more: the smallest node that can be right. */
export class ModelEdge {
  epoch = '';
  base = 0;
  readonly scopes = new Map<string, { version: number; resources: Resources }>();
  readonly aside = new Map<string, { next: string; resources: Resources }>();
  /** How often a scope did not have the digest it should have. */
  mismatches = 0;
  wasCorrupted = false;

  request(sessionNo = 1): SyncRequest {
    const scopes = [...this.scopes];
    const except = scopes.filter(([, { version }]) => version !== this.base).map(([scope, { version }]) => [scope, version]);
    return {
      session_no: sessionNo,
      epoch: this.epoch,
      have: { base: this.base, except: Object.fromEntries(except) },
      digests: Object.fromEntries(scopes.map(([scope, { resources }]) => [scope, digestOf(resources)])),
      rejects: [],
      resume: Object.fromEntries([...this.aside].map(([scope, { next }]) => [scope, next])),
    };
  }

  apply(answer: AppliedAnswer): void {
    const keepVersions = answer.more && answer.epoch === this.epoch;
    if (!keepVersions) for (const held of this.scopes.values()) held.version = answer.head;
    this.epoch = answer.epoch;
    this.base = answer.head;
    for (const change of answer.scopes) this.#change(change);
  }

  /** A fault on its disk that nobody noticed. */
  corrupt(scope: string): void {
    const held = this.scopes.get(scope);
    if (!held) return;
    this.wasCorrupted = true;
    held.resources.set('key/kx', { kind: 'key', id: 'kx', rev: '1'.repeat(32), body: {} });
  }

  #change(change: ScopeChange): void {
    const { scope, mode, from } = change;
    if (mode === 'drop') {
      this.scopes.delete(scope);
      this.aside.delete(scope);
      return;
    }
    if (mode === 'full' && from > 0 && !this.aside.has(scope)) return;
    const aside = from > 0 ? this.aside.get(scope)?.resources : undefined;
    const resources = new Map(mode === 'delta' ? this.scopes.get(scope)?.resources : aside);
    for (const [kind, id] of change.remove) resources.delete(`${kind}/${id}`);
    for (const upsert of change.upsert) resources.set(`${upsert.kind}/${upsert.id}`, upsert);
    if (change.next !== undefined) {
      this.aside.set(scope, { next: change.next, resources });
      return;
    }
    this.aside.delete(scope);
    if (digestOf(resources) === change.digest) {
      this.scopes.set(scope, { version: change.to, resources });
      return;
    }
    this.mismatches += 1;
    const held = this.scopes.get(scope);
    if (held) held.version = 0;
  }
}

function digestOf(resources: Resources): string {
  const digest = new SetDigest();
  for (const { rev } of resources.values()) digest.add(rev);
  return digest.toHex();
}
