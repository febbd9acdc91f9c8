import type { ScopeChange, SyncAnswer } from '../../edge/sync.ts';
import { canonicalJson, type Json } from '../canonical-json.ts';

type Signed = Pick<SyncAnswer, 'epoch' | 'head' | 'center_time' | 'more'> & {
  readonly scopes: readonly (Omit<ScopeChange, 'upsert'> & { readonly upsert: readonly unknown[] })[];
};

/** To whom and for which question; see `configSeal`. */
export interface ConfigAddress {
  readonly node_id: string;
  readonly nonce: string;
  readonly valid_s: number;
}

/**
 * What the control plane signs of a sync answer: for whom, in answer to what, where it leads, and every change in it.
 * A resource goes in by kind, id and revision, which is a hash of its body that the node checks anyway.
 */
export function configStatement(answer: Signed, address: ConfigAddress): string {
  const { epoch, head, center_time, more, scopes } = answer;
  const { node_id, nonce, valid_s } = address;
  const content: Json = { node_id, nonce, valid_s, epoch, head, center_time, more, scopes: scopes.map(changeOf) };
  return `aicarpool/config/v1\n${canonicalJson(content)}`;
}

function changeOf(change: Signed['scopes'][number]): Json {
  const { scope, mode, from, to, digest, next, remove, upsert, data_keys } = change;
  const names = upsert.map((one) => [textOf(one, 'kind'), textOf(one, 'id'), textOf(one, 'rev')]);
  const keys = data_keys.map(({ version, enc, ciphertext }) => [version, enc, ciphertext]);
  return [scope, mode, from, to, digest, next ?? null, remove.map(([kind, id]) => [kind, id]), names, keys];
}

function textOf(upsert: unknown, name: string): string | null {
  const value: unknown = typeof upsert === 'object' && upsert !== null ? Reflect.get(upsert, name) : undefined;
  return typeof value === 'string' ? value : null;
}
