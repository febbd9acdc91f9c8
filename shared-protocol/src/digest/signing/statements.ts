import { canonicalJson, type Json } from '../canonical-json.ts';

/**
 * Texts that are signed or authenticated with a key. Each begins with what it is for, so that no signature is ever good
 * for another purpose; the rest is canonical JSON, so that both sides write the same bytes.
 */
function statement(purpose: string, content: Json): string {
  return `aicarpool/${purpose}/v1\n${canonicalJson(content)}`;
}

/** Signed with a signing key that nodes trust: trust this one too. `key`: raw public key, base64url; `by`: id of the signer. */
export function endorsementStatement(content: { readonly key: string; readonly by: string }): string {
  return statement('endorsement', { ...content });
}

/** Authenticated with the secret of a registration token: this request, signed by that new identity key, spends it. */
export function joinStatement(content: { readonly registration: string; readonly base: string }): string {
  return statement('join', { ...content });
}

/** Signed with the new identity key of a node: I am the next key of this node, and this is its next sealing key. */
export function successionStatement(content: {
  readonly node: string;
  readonly from: string;
  readonly key: string;
  readonly sealing_key: string;
}): string {
  return statement('succession', { ...content });
}

/** Bound into the key of a session (the `info` of HKDF-SHA-256; salt: empty; secret: X25519 of the two exchange keys). */
export function sessionKeyInfo(content: {
  readonly node: string;
  readonly session_no: number;
  readonly generation: number;
  readonly node_exchange: string;
  readonly exchange: string;
}): string {
  return statement('session-key', { ...content });
}
