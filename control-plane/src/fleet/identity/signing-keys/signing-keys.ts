import type { KeyObject } from 'node:crypto';
import type { CenterSignature, SigningKey } from '@aicarpool/shared-protocol';
import { asc } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import type { Db } from '../../../kernel/db.ts';
import { keyIdOf, openPrivateKey, signWith } from '../ed25519.ts';
import { fleetSigningKeys } from '../identity-tables.ts';

type Row = typeof fleetSigningKeys.$inferSelect;

interface Loaded {
  readonly atMs: number;
  readonly rows: readonly Row[];
  readonly current: Row;
  readonly privateKey: KeyObject;
}

/** How long a replica signs on without looking whether the keys were rotated. Nodes know the next key already. */
const freshMs = 5_000;
/** Newest keys that are told to nodes: enough for one that was away for years. */
const publishedKeys = 64;

export const signingKeyAad = (id: string): string => `fleet_signing_keys/${id}`;

/** The keys that this control plane signs with, as one replica knows them. */
export class SigningKeys {
  #loaded: Loaded | undefined;

  /** Signs a text that says what it is for (see `signing/` in shared-protocol). */
  async sign(ctx: Pick<Ctx, 'db' | 'keyring'>, text: string): Promise<CenterSignature> {
    const { current, privateKey } = await this.#load(ctx);
    return { key: current.id, sig: signWith(privateKey, text).toString('base64url') };
  }

  /** What nodes are told: oldest first, each endorsed by the one before it. */
  async published(ctx: Pick<Ctx, 'db' | 'keyring'>): Promise<SigningKey[]> {
    const { rows } = await this.#load(ctx);
    return rows
      .slice(-publishedKeys)
      .map(({ publicKey: key, endorsedBy: by, endorsement, state }) => ({ key, by, endorsement, state }));
  }

  /** SHA-256 of the public key that signs now: what a registration token pins. */
  async pin(ctx: Pick<Ctx, 'db' | 'keyring'>): Promise<string> {
    return (await this.#load(ctx)).current.id;
  }

  forget(): void {
    this.#loaded = undefined;
  }

  async #load(ctx: Pick<Ctx, 'db' | 'keyring'>): Promise<Loaded> {
    const nowMs = performance.now();
    if (this.#loaded && nowMs - this.#loaded.atMs < freshMs) return this.#loaded;
    const rows = await readSigningKeys(ctx.db);
    const current = rows.find(({ state }) => state === 'current');
    if (current?.wrapped == null) throw new Error('the control plane has no signing key; it makes one when it starts');
    const same = this.#loaded?.current.id === current.id ? this.#loaded.privateKey : undefined;
    const privateKey = same ?? openPrivateKey({ publicKey: current.publicKey, privateKey: unwrapped(ctx, current) });
    if (keyIdOf(current.publicKey) !== current.id) throw new Error('a signing key in the database does not have its own name');
    this.#loaded = { atMs: nowMs, rows, current, privateKey };
    return this.#loaded;
  }
}

function unwrapped({ keyring }: Pick<Ctx, 'keyring'>, { id, wrapped }: Row): string {
  if (wrapped === null) throw new Error('a signing key that was retired signs nothing');
  return keyring.open(wrapped, signingKeyAad(id)).toString('utf8');
}

export async function readSigningKeys(db: Db): Promise<Row[]> {
  return await db.select().from(fleetSigningKeys).orderBy(asc(fleetSigningKeys.createdAt), asc(fleetSigningKeys.id));
}
