import type { GroupResource, ProxyResource, QuotaResource, UpstreamResource } from '@aicarpool/shared-protocol';
import { globalScope } from '@aicarpool/shared-protocol';
import type { Checked, Resource } from '../check-upsert.ts';
import type { Contact } from '../contact.ts';
import type { Secrets } from '../secrets.ts';
import type { GroupEntry, KeyEntry, Snapshot } from '../snapshot.ts';
import { compileGroup } from './group.ts';
import type { CompiledService } from './service.ts';

const bucketCount = 256;

interface Scope {
  group: GroupResource | undefined;
  readonly upstreams: Map<string, UpstreamResource>;
  readonly proxies: Map<string, ProxyResource>;
  readonly quotas: Map<string, QuotaResource>;
  readonly hashByKeyId: Map<string, string>;
}

/**
 * The working copy of the config, from which snapshots are cut. A change of one key copies one bucket of 256,
 * a change of a group compiles that group again, a change of a service the groups that use it.
 */
export class Compiler {
  readonly #secrets: Secrets;
  readonly #contact: Contact;
  readonly #scopes = new Map<string, Scope>();
  readonly #services = new Map<string, CompiledService>();
  readonly #buckets: Map<string, KeyEntry>[] = Array.from({ length: bucketCount }, () => new Map());
  readonly #shared = new Set<number>();
  readonly #dirtyGroups = new Set<string>();
  #groups: ReadonlyMap<string, GroupEntry> = new Map();
  #damaged: ReadonlySet<string> = new Set();
  #keys = 0;

  constructor(secrets: Secrets, contact: Contact) {
    this.#secrets = secrets;
    this.#contact = contact;
  }

  upsert(scope: string, change: Pick<Checked, 'id' | 'resource'>): void {
    const { resource, id } = change;
    if (resource.kind === 'key') this.#putKey(scope, id, resource);
    else if (resource.kind === 'service') this.#putService(id, resource.service);
    else if (resource.kind !== 'other') this.#putGroupPart(scope, id, resource);
  }

  remove(scope: string, kind: string, id: string): void {
    const held = this.#scopes.get(scope);
    if (kind === 'service' && scope === globalScope) this.#putService(id, undefined);
    if (!held) return;
    if (kind === 'key') this.#dropKey(scope, held, id);
    if (kind === 'upstream' && held.upstreams.delete(id)) this.#dirtyGroups.add(scope);
    if (kind === 'proxy' && held.proxies.delete(id)) this.#dirtyGroups.add(scope);
    if (kind === 'quota' && held.quotas.delete(id)) this.#dirtyGroups.add(scope);
    if (kind === 'group') {
      held.group = undefined;
      this.#dirtyGroups.add(scope);
    }
  }

  drop(scope: string): void {
    this.markWhole(scope);
    if (scope === globalScope) for (const id of [...this.#services.keys()]) this.#putService(id, undefined);
    const held = this.#scopes.get(scope);
    if (!held) return;
    for (const id of held.hashByKeyId.keys()) this.#dropKey(scope, held, id);
    this.#scopes.delete(scope);
    this.#dirtyGroups.add(scope);
  }

  get damaged(): ReadonlySet<string> {
    return this.#damaged;
  }

  /** Of these scopes something is missing from now on. */
  setDamaged(scopes: Iterable<string>): void {
    this.#damaged = new Set(scopes);
  }

  markWhole(scope: string): void {
    if (this.#damaged.has(scope)) this.setDamaged([...this.#damaged].filter((one) => one !== scope));
  }

  groupIds(): string[] {
    return [...this.#groups.keys()];
  }

  /** Cuts a snapshot. What it holds is never written again; later changes work on copies. */
  cut(epoch: string, version: number): Snapshot {
    this.#compileDirtyGroups();
    for (let at = 0; at < bucketCount; at += 1) this.#shared.add(at);
    const buckets = this.#buckets.slice();
    const groups = this.#groups;
    const quotas = once(() => new Set([...groups.values()].flatMap((group) => group.quotas.map(({ id }) => id))));
    return {
      epoch,
      version,
      counts: { keys: this.#keys, groups: groups.size },
      findKey: (hashHex) => buckets[bucketOfHash(hashHex)]?.get(hashHex),
      findGroup: (groupId) => groups.get(groupId),
      hasQuota: (id) => quotas().has(id),
      damaged: this.#damaged,
    };
  }

  #compileDirtyGroups(): void {
    if (this.#dirtyGroups.size === 0) return;
    const groups = new Map(this.#groups);
    for (const id of this.#dirtyGroups) {
      const held = this.#scopes.get(id);
      groups.delete(id);
      if (held?.group === undefined) continue;
      const parts = {
        body: held.group,
        upstreams: held.upstreams.values(),
        proxies: held.proxies.values(),
        quotas: held.quotas.values(),
        secrets: this.#secrets,
        contact: this.#contact,
      };
      groups.set(id, compileGroup({ ...parts, findService: (service) => this.#services.get(service) }));
    }
    this.#groups = groups;
    this.#dirtyGroups.clear();
  }

  #scope(scope: string): Scope {
    const held = this.#scopes.get(scope) ?? {
      group: undefined,
      upstreams: new Map(),
      proxies: new Map(),
      quotas: new Map(),
      hashByKeyId: new Map(),
    };
    this.#scopes.set(scope, held);
    return held;
  }

  #putGroupPart(
    scope: string,
    id: string,
    resource: Extract<Resource, { kind: 'group' | 'upstream' | 'proxy' | 'quota' }>,
  ): void {
    const held = this.#scope(scope);
    if (resource.kind === 'group') held.group = resource.body;
    else if (resource.kind === 'proxy') held.proxies.set(id, resource.body);
    else if (resource.kind === 'quota') held.quotas.set(id, resource.body);
    else held.upstreams.set(id, resource.body);
    this.#dirtyGroups.add(scope);
  }

  #putService(id: string, service: CompiledService | undefined): void {
    if (service) this.#services.set(id, service);
    else this.#services.delete(id);
    for (const [scope, { group }] of this.#scopes) {
      if (group?.services.some((use) => use.service === id)) this.#dirtyGroups.add(scope);
    }
  }

  #putKey(scope: string, id: string, { hash, entry }: Extract<Resource, { kind: 'key' }>): void {
    const held = this.#scope(scope);
    if (held.hashByKeyId.get(id) !== hash) this.#dropKey(scope, held, id);
    held.hashByKeyId.set(id, hash);
    const bucket = this.#writableBucket(hash);
    if (!bucket.has(hash)) this.#keys += 1;
    bucket.set(hash, entry);
  }

  // A key that moved to another group may already be back under its new scope: only its own entry goes.
  #dropKey(scope: string, held: Scope, id: string): void {
    const hash = held.hashByKeyId.get(id);
    if (hash === undefined) return;
    held.hashByKeyId.delete(id);
    const entry = this.#buckets[bucketOfHash(hash)]?.get(hash);
    if (entry?.id !== id || entry.groupId !== scope) return;
    this.#writableBucket(hash).delete(hash);
    this.#keys -= 1;
  }

  #writableBucket(hash: string): Map<string, KeyEntry> {
    const at = bucketOfHash(hash);
    let bucket = this.#buckets[at] ?? new Map<string, KeyEntry>();
    if (this.#shared.delete(at)) bucket = new Map(bucket);
    this.#buckets[at] = bucket;
    return bucket;
  }
}

/** Most snapshots are never asked for it. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function bucketOfHash(hashHex: string): number {
  return Number.parseInt(hashHex.slice(0, 2), 16) & (bucketCount - 1);
}
