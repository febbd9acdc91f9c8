import type { Logger } from '../observe/log.ts';
import { BootGuard } from './boot-guard.ts';
import { Compiler } from './compile/compiler.ts';
import { ConfigTrust, type Signers } from './config-trust.ts';
import { type Clocks, Contact, type ContactState } from './contact.ts';
import { CurrentSnapshot } from './current.ts';
import { isDamage, openStore, type Sqlite, setAside } from './disk/open-store.ts';
import { Store } from './disk/store.ts';
import { ConfigNews } from './follow/config-change.ts';
import { Keep } from './keep.ts';
import { forgetOtherNode, forgiveForNewBuild, loadConfig } from './load-config.ts';
import { Position } from './position.ts';
import { type SealingIdentity, Secrets } from './secrets.ts';

export interface KeepOptions {
  readonly dataDir: string;
  readonly identity: SealingIdentity;
  /** Whose config is taken. */
  readonly signers: Signers;
  readonly clocks: Clocks;
  readonly build: string;
  readonly log: Logger;
}

export interface ConfigStatus {
  readonly epoch: string;
  readonly version: number;
  readonly slot: 'current' | 'previous';
  readonly rejects: number;
  readonly keys: number;
  readonly groups: readonly string[];
  readonly lastContactAtMs: number | undefined;
  /** Of the newest change; a process that lives long enough with it calls `keep.markHealthy` with this. */
  readonly applyNo: number;
  readonly healthyNo: number;
}

export interface OpenConfig {
  readonly keep: Keep;
  readonly current: CurrentSnapshot;
  readonly status: () => ConfigStatus;
  /** Is no stored data key sealed to an older sealing key of this node? */
  readonly opensWithNewestKey: () => boolean;
  /** For the moment in which the process dies of its own exception. */
  readonly crashed: (reason: string) => void;
  /** For other processes of this node, which follow. */
  readonly news: ConfigNews;
  readonly contact: () => ContactState;
}

/**
 * Opens the config of this node and makes what it holds ready to serve, without asking anyone. An empty folder
 * gives no snapshot. Throws DataDirBusy when another node holds the folder.
 */
export async function openKeep(options: KeepOptions): Promise<OpenConfig> {
  const { dataDir, log } = options;
  const db = openStore(dataDir, (message, keptAs) => log.error({ message, keptAs }, 'config.db is damaged; starting without it'));
  try {
    return await assemble(options, db);
  } catch (error) {
    db.close();
    if (!isDamage(error)) throw error;
    log.error({ err: error, keptAs: setAside(db.name) }, 'config.db is damaged; starting without it');
    return await assemble(
      options,
      openStore(dataDir, () => undefined),
    );
  }
}

async function assemble(options: KeepOptions, db: Sqlite): Promise<OpenConfig> {
  const { clocks, log } = options;
  const store = new Store(db);
  forgetOtherNode(store, options.identity.nodeId);
  const guard = new BootGuard(store, options.dataDir);
  if (guard.start(clocks.nowMs())) log.error('crashed twice in a row with a new config; serving with the one before');
  forgiveForNewBuild(store, options.build);
  const secrets = new Secrets(options.identity);
  const contact = new Contact(clocks, store.contact());
  const compiler = new Compiler(secrets, contact);
  const loaded = await loadConfig(store, secrets, compiler);
  for (const scope of loaded.damaged) log.error({ scope }, 'a part of the stored config cannot be used; asking for it again');
  const position = new Position(store);
  const current = new CurrentSnapshot(position.epoch === '' ? undefined : compiler.cut(position.epoch, position.base));
  guard.activated();
  const news = new ConfigNews();
  const trust = new ConfigTrust(options.identity.nodeId, options.signers);
  const keep = new Keep({ news, store, secrets, guard, trust, compiler, nowMs: clocks.nowMs, current, position, contact, log });
  return {
    keep,
    current,
    news,
    contact: () => contact.tell(),
    opensWithNewestKey: () => secrets.opensWithNewestKey,
    crashed: (reason) => guard.crashed(reason),
    status: () => ({
      epoch: position.epoch,
      version: position.base,
      slot: store.rejects().some(({ code }) => code === 'crash_loop') ? 'previous' : 'current',
      rejects: store.rejects().length,
      keys: current.pin()?.counts.keys ?? 0,
      groups: compiler.groupIds(),
      lastContactAtMs: contact.lastAtMs,
      applyNo: guard.applyNo,
      healthyNo: Number(store.meta('healthy_no')),
    }),
  };
}
