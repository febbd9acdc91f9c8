import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const pair = z.object({ privateKey: z.string(), publicKey: z.string() });

/** `identity.json` in the data folder: who this node is. Whoever has the file can act as the node. */
const identityFile = z.object({
  version: z.literal(2),
  control_plane: z.string(),
  node_id: z.string(),
  node_name: z.string().nullable(),
  /** Ed25519: signs sessions. */
  identity_key: pair,
  /** X25519: data keys are sealed to the newest, which stands first; older ones as long as something is sealed to them. */
  sealing_keys: z.array(pair).min(1),
  /** Made, and perhaps taken by the control plane already. */
  successor: z.object({ identity_key: pair, sealing_key: pair }).optional(),
  /** Ed25519 public keys of the control plane. */
  signing_keys: z.array(z.string()).min(1),
  keys_made_at: z.string(),
  enrolled_at: z.string(),
});
export type Identity = z.infer<typeof identityFile>;

export function identityPath(dataDir: string): string {
  return join(dataDir, 'identity.json');
}

/** undefined: this folder was never enrolled. Throws when the file is there and cannot be used. */
export function findIdentity(dataDir: string): Identity | undefined {
  const path = identityPath(dataDir);
  if (!existsSync(path)) return undefined;
  return identityFile.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** The identity as one word, for a place that keeps secrets. */
export function identityText(identity: Identity): string {
  return Buffer.from(JSON.stringify(identity)).toString('base64url');
}

export function readIdentityText(text: string): Identity | undefined {
  try {
    return identityFile.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Whole or not at all, and on the disk when it returns: the keys in it are nowhere else. */
export function writeIdentity(dataDir: string, identity: Identity): void {
  const path = identityPath(dataDir);
  const draft = `${path}.${process.pid}.tmp`;
  const file = openSync(draft, 'w', 0o600);
  try {
    // Not `writeSync`, which may write a part of it.
    writeFileSync(file, `${JSON.stringify(identity, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  syncFolder(dirname(path));
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
