import { createHash } from 'node:crypto';
import type { ProxyEntry } from '../../snapshot/snapshot.ts';

/** A proxy with its password opened. */
export interface ProxySettings {
  readonly id: string;
  readonly type: ProxyEntry['type'];
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  readonly maxConcurrent: number;
  readonly location: ProxyEntry['location'];
  /** Two entries with the same print are the same way out. */
  readonly print: string;
}

const known = new WeakMap<ProxyEntry, ProxySettings>();

/** Undefined: this node cannot open the password. Remembered for each entry of a snapshot. */
export function findSettings(entry: ProxyEntry): ProxySettings | undefined {
  const before = known.get(entry);
  if (before) return before;
  const password = entry.password();
  if (password === undefined) return undefined;
  const { id, type, host, port, username, maxConcurrent, location } = entry;
  const facts = JSON.stringify([id, type, host, port, username, password, maxConcurrent]);
  const print = createHash('sha256').update(facts).digest('base64url');
  const settings = { id, type, host, port, username, password, maxConcurrent, location, print };
  known.set(entry, settings);
  return settings;
}
