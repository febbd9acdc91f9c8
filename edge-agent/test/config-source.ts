import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import {
  type GroupResource,
  globalScope,
  groupResource,
  type Json,
  type KeyResource,
  keyResource,
  revisionOf,
  type ScopeChange,
  type SealedDataKey,
  type SealedSecret,
  type ServiceResource,
  SetDigest,
  type SyncAnswer,
  type SyncRequest,
  serviceResource,
  type Upsert,
  type UpstreamResource,
  upstreamResource,
} from '@aicarpool/shared-protocol';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';

const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

interface Held extends Upsert {
  readonly version: number;
}

/** The control plane's side of the config, as small as can be: one history, answers to syncs, sealed secrets. */
export class ConfigSource {
  epoch = 'epoch-1';
  head = 0;
  readonly scopes = new Map<string, Map<string, Held>>();
  readonly removed = new Map<string, { version: number; kind: string; id: string }[]>();
  readonly #dataKeys = new Map<string, Buffer>();
  readonly #sealed = new Map<string, SealedDataKey>();
  readonly #dropped = new Set<string>();

  put(scope: string, kind: string, id: string, body: object): string {
    this.head += 1;
    const rev = revisionOf(sha256, kind, id, body as Json);
    const held = this.scopes.get(scope) ?? new Map<string, Held>();
    this.scopes.set(scope, held);
    this.#dropped.delete(scope);
    held.set(`${kind}/${id}`, { kind, id, rev, body: body as Upsert['body'], version: this.head });
    return rev;
  }

  remove(scope: string, kind: string, id: string): void {
    this.head += 1;
    if (!this.scopes.get(scope)?.delete(`${kind}/${id}`)) return;
    this.removed.set(scope, [...(this.removed.get(scope) ?? []), { version: this.head, kind, id }]);
  }

  drop(scope: string): void {
    this.head += 1;
    this.scopes.delete(scope);
    this.#dropped.add(scope);
  }

  digest(scope: string): string {
    const digest = new SetDigest();
    for (const { rev } of this.scopes.get(scope)?.values() ?? []) digest.add(rev);
    return digest.toHex();
  }

  /** Seals the data key of a group to one node, so that its next answers carry it. */
  async sealTo(scope: string, nodeId: string, publicKey: string): Promise<void> {
    const key = await suite.DeserializePublicKey(Buffer.from(publicKey, 'base64url'));
    const info = Buffer.from(`${nodeId}|${scope}|1`);
    const { encapsulatedSecret, ciphertext } = await suite.Seal(key, this.dataKey(scope), { info });
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    this.#sealed.set(scope, { version: 1, enc: base64(encapsulatedSecret), ciphertext: base64(ciphertext) });
  }

  sealSecret(scope: string, upstreamId: string, secret: string): SealedSecret {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.dataKey(scope), nonce);
    cipher.setAAD(Buffer.from(`${upstreamId}|${scope}`));
    const sealed = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    return { key_version: 1, nonce: nonce.toString('base64'), ciphertext: sealed.toString('base64') };
  }

  answer(question: Pick<SyncRequest, 'epoch' | 'have' | 'digests'> & { rejects?: SyncRequest['rejects'] }): SyncAnswer {
    const scopes: ScopeChange[] = [];
    const refused = new Set(question.rejects?.map(({ scope }) => scope));
    for (const scope of this.scopes.keys()) {
      const change = this.#change(scope, question, refused.has(scope));
      if (change) scopes.push(change);
    }
    for (const scope of Object.keys(question.digests)) {
      if (this.#dropped.has(scope)) scopes.push({ ...this.#empty(scope), mode: 'drop' });
    }
    return { epoch: this.epoch, head: this.head, center_time: new Date(0).toISOString(), scopes, more: false };
  }

  #change(scope: string, { epoch, have, digests }: Parameters<ConfigSource['answer']>[0], refused: boolean) {
    const held = [...(this.scopes.get(scope)?.values() ?? [])];
    const since = have.except[scope] ?? have.base;
    const whole = !(scope in digests) || since === 0 || epoch !== this.epoch;
    const upserts = (whole ? held : held.filter(({ version }) => version > since)).map(({ version: _, ...rest }) => rest);
    const gone = (this.removed.get(scope) ?? []).filter(
      ({ version, kind, id }) => version > since && !this.scopes.get(scope)?.has(`${kind}/${id}`),
    );
    if (!whole && upserts.length === 0 && gone.length === 0 && (refused || digests[scope] === this.digest(scope)))
      return undefined;
    const change: ScopeChange = {
      ...this.#empty(scope),
      mode: whole ? 'full' : 'delta',
      from: whole ? 0 : since,
      upsert: upserts,
    };
    return whole ? change : { ...change, remove: gone.map(({ kind, id }): [string, string] => [kind, id]) };
  }

  #empty(scope: string): ScopeChange {
    const sealed = this.#sealed.get(scope);
    const data_keys = sealed ? [sealed] : [];
    return { scope, mode: 'full', from: 0, to: this.head, remove: [], upsert: [], digest: this.digest(scope), data_keys };
  }

  /** The data key of a group in clear. */
  dataKey(scope: string): Buffer {
    const key = this.#dataKeys.get(scope) ?? randomBytes(32);
    this.#dataKeys.set(scope, key);
    return key;
  }
}

export function serviceBody(id: string, more: Partial<ServiceResource> = {}): ServiceResource {
  return serviceResource.parse({
    id,
    display_name: id,
    status: 'active',
    base_url: 'https://api.example.com',
    dialects: { 'anthropic-messages': '' },
    credential_headers: { api_key: 'x-api-key', oauth: 'authorization-bearer', bearer_token: 'authorization-bearer' },
    default_headers: {},
    on_client_gone: 'abort',
    model_patterns: ['*'],
    models: [],
    ...more,
  });
}

export function groupBody(id: string, more: Partial<GroupResource> = {}): GroupResource {
  const use = { enabled: true, priority: 1, weight: 100, model_whitelist: null, model_blacklist: [] };
  return groupResource.parse({
    id,
    name: id,
    status: 'active',
    time_zone: 'UTC',
    failover_enabled: true,
    config_valid_s: null,
    services: [{ service: 'claude', ...use }],
    ...more,
  });
}

export function keyBody(id: string, groupId: string, text: string, more: Partial<KeyResource> = {}): KeyResource {
  return keyResource.parse({
    id,
    hash: sha256(text),
    group_id: groupId,
    user_id: 'usr_1',
    status: 'active',
    expires_at: null,
    restricted_models: null,
    ip_allowlist: null,
    rate_limit: null,
    token_limit: null,
    ...more,
  });
}

export function upstreamBody(
  id: string,
  groupId: string,
  credential: SealedSecret,
  more: Partial<UpstreamResource> = {},
): UpstreamResource {
  return upstreamResource.parse({
    id,
    group_id: groupId,
    service: 'claude',
    name: id,
    auth_type: 'api_key',
    credential,
    base_url: null,
    priority: 1,
    weight: 100,
    status: 'active',
    ...more,
  });
}

export { globalScope };
