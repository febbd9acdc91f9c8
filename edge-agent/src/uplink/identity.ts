import { generateKeyPairSync } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** `identity.json` in the data folder: who this node is. Whoever has the file can act as the node. */
const identityFile = z.object({
  version: z.literal(1),
  control_plane: z.string(),
  node_id: z.string(),
  node_token: z.string(),
  node_name: z.string().nullable(),
  sealing_private_key: z.string(),
  sealing_public_key: z.string(),
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

/** Whole or not at all, and on the disk when it returns: the token in it is given only once. */
export function writeIdentity(dataDir: string, identity: Identity): void {
  const path = identityPath(dataDir);
  const draft = `${path}.${process.pid}.tmp`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, `${JSON.stringify(identity, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  syncFolder(dirname(path));
}

/** An X25519 pair, both halves base64url of the raw 32 bytes. */
export function newSealingPair(): { privateKey: string; publicKey: string } {
  const { d, x } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  if (d === undefined || x === undefined) throw new Error('this platform cannot make X25519 keys');
  return { privateKey: d, publicKey: x };
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
