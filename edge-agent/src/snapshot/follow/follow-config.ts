import { join } from 'node:path';
import type { SealedDataKey } from '@aicarpool/shared-protocol';
import Database from 'better-sqlite3';
import { rowsPerTurn, turn } from '../apply-scope.ts';
import { readResource, readStored } from '../check-upsert.ts';
import { Compiler } from '../compile/compiler.ts';
import { type Clocks, Contact, type ContactState } from '../contact.ts';
import { CurrentSnapshot } from '../current.ts';
import type { Sqlite } from '../disk/open-store.ts';
import type { StoredResource } from '../disk/store.ts';
import { type SealingIdentity, Secrets } from '../secrets.ts';
import type { ConfigChange } from './config-change.ts';

export interface FollowOptions {
  readonly dataDir: string;
  readonly identity: SealingIdentity;
  readonly clocks: Clocks;
  readonly contact: ContactState;
  readonly log: { warn(facts: object, message: string): void };
}

/**
 * The config in a process that does not fetch it: read from `config.db`, which another process of this node keeps, and
 * kept in step by what that one tells. Changes are worked on one after the other.
 */
export class FollowedConfig {
  readonly current = new CurrentSnapshot();
  readonly #options: FollowOptions;
  readonly #db: Sqlite;
  readonly #contact: Contact;
  #secrets: Secrets;
  #compiler: Compiler;
  /** The newest change that is in the working copy. */
  #no = 0;
  #last: Promise<void> = Promise.resolve();
  #reloads = 0;

  private constructor(options: FollowOptions) {
    this.#options = options;
    this.#db = new Database(join(options.dataDir, 'config.db'), { readonly: true, fileMustExist: true, timeout: 2_000 });
    this.#contact = new Contact(options.clocks, undefined);
    this.#contact.hear(options.contact);
    this.#secrets = new Secrets(options.identity);
    this.#compiler = new Compiler(this.#secrets, this.#contact);
  }

  /** Resolves once everything that is on disk is in use. */
  static async open(options: FollowOptions): Promise<FollowedConfig> {
    const followed = new FollowedConfig(options);
    await followed.#alone(() => followed.#load());
    return followed;
  }

  /** What cannot be worked on is read anew from disk; rejects only when that fails as well. */
  hear(change: ConfigChange): Promise<void> {
    if (change.is === 'reload') this.#reloads += 1;
    return this.#alone(() => this.#work(change));
  }

  async close(): Promise<void> {
    await this.#last;
    this.#db.close();
  }

  async #work(change: ConfigChange): Promise<void> {
    switch (change.is) {
      case 'contact':
        this.#contact.hear(change.contact);
        return;
      case 'active':
        this.#compiler.setDamaged(change.damaged);
        this.current.swap(this.#compiler.cut(change.epoch, change.version));
        return;
      case 'reload':
        this.#reloads -= 1;
        // Another one behind it reads more than this one would.
        if (this.#reloads === 0) await this.#load();
        return;
      case 'dropped':
        if (change.no <= this.#no) return;
        this.#no = change.no;
        this.#compiler.drop(change.scope);
        this.#secrets.forget(change.scope);
        return;
      case 'scope':
        if (change.no > this.#no) await this.#change(change);
    }
  }

  async #change({ no, scope, removed, added, dataKeys }: Extract<ConfigChange, { is: 'scope' }>): Promise<void> {
    for (const key of dataKeys) await this.#secrets.learn(scope, key);
    for (const [kind, id] of removed) this.#compiler.remove(scope, kind, id);
    for (const { kind, id, text } of added) {
      this.#compiler.upsert(scope, { id, resource: readResource(scope, kind, id, JSON.parse(text)) });
    }
    this.#no = no;
  }

  /** From one moment of the file into a working copy of its own; the old one serves until it is done. */
  async #load(): Promise<void> {
    const db = this.#db;
    const secrets = new Secrets(this.#options.identity);
    const compiler = new Compiler(secrets, this.#contact);
    db.exec('BEGIN');
    try {
      const meta = db.prepare<[string], string>('SELECT value FROM meta WHERE name = ?').pluck();
      const [no, epoch, base] = [meta.get('apply_no'), meta.get('epoch') ?? '', Number(meta.get('base') ?? 0)];
      const keys = db.prepare<[], SealedDataKey & { scope: string }>('SELECT * FROM data_key').all();
      await Promise.all(keys.map((key) => secrets.learn(key.scope, key)));
      await this.#readAll(compiler);
      compiler.setDamaged([...compiler.damaged, ...db.prepare<[], string>('SELECT scope FROM damaged').pluck().all()]);
      this.#secrets = secrets;
      this.#compiler = compiler;
      this.#no = Number(no ?? 0);
      if (epoch !== '' || this.current.pin()) this.current.swap(compiler.cut(epoch, base));
    } finally {
      db.exec('ROLLBACK');
    }
  }

  async #readAll(compiler: Compiler): Promise<void> {
    const all = this.#db.prepare<[], StoredResource>('SELECT scope, kind, id, rev, body FROM resource');
    let rows = 0;
    for (const row of all.iterate()) {
      const { scope, kind, id } = row;
      try {
        compiler.upsert(scope, { id, resource: readStored(row) });
      } catch (error) {
        this.#options.log.warn({ err: error, scope, kind, id }, 'a stored resource cannot be used');
        compiler.setDamaged([...compiler.damaged, scope]);
      }
      rows += 1;
      if (rows % rowsPerTurn === 0 && this.current.pin()) await turn();
    }
  }

  #alone(work: () => Promise<void>): Promise<void> {
    const result = this.#last.then(work).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'a change of the config could not be followed; reading all of it');
      return this.#load();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}
