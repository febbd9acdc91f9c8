import { type SyncRequest, scopeChange, syncAnswer } from '@aicarpool/shared-protocol';
import { z } from 'zod';
import type { Logger } from '../observe/log.ts';
import { type ApplyParts, applyScope, inOrder, type RawChange } from './apply-scope.ts';
import type { BootGuard } from './boot-guard.ts';
import { readResource } from './check-upsert.ts';
import type { ConfigRefusal, ConfigTrust } from './config-trust.ts';
import type { Contact, Moment } from './contact.ts';
import type { CurrentSnapshot } from './current.ts';
import { stagedUpserts, stagePart } from './disk/stage-parts.ts';
import type { Position } from './position.ts';

/** The answer as far as it must be right for anything to be applied; upserts are checked one by one later. */
const envelope = syncAnswer.extend({ scopes: z.array(scopeChange.extend({ upsert: z.array(z.unknown()) })) });

/** While a long answer is being applied, what is done so far comes into use this often. */
const activateEveryMs = 250;

type Answer = z.infer<typeof envelope>;

export interface KeepParts extends ApplyParts {
  readonly current: CurrentSnapshot;
  readonly position: Position;
  readonly contact: Contact;
  readonly guard: BootGuard;
  readonly trust: ConfigTrust;
  readonly log: Logger;
}

export interface TakeResult {
  /** Something changed: ask once more at once, so that the control plane learns that it was taken. */
  readonly changed: boolean;
  readonly more: boolean;
  /** Scopes that did not fit and must be asked for whole. */
  readonly mismatched: readonly string[];
  /** Nothing of it was taken: it is not known to come from the control plane, for this node, now. */
  readonly refused?: ConfigRefusal;
}

/** The config of this node on disk and in memory. One change at a time; a request sees all of it or nothing. */
export class Keep {
  readonly #parts: KeepParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: KeepParts) {
    this.#parts = parts;
  }

  question(sessionNo: number): Promise<SyncRequest> {
    return this.#alone(async () => ({ ...this.#parts.position.question(sessionNo), ...this.#parts.trust.nextQuestion() }));
  }

  /** Takes an answer to a question sent at `sent`. Throws a ZodError when it is no answer at all. */
  take(raw: unknown, sent: Moment): Promise<TakeResult> {
    const answer = envelope.parse(raw);
    return this.#alone(async () => {
      const refused = this.#parts.trust.refuse(answer);
      return refused === undefined ? await this.#take(answer, sent) : this.#refuse(refused);
    });
  }

  /**
   * Begins with a snapshot that an administrator exported for this node, while the control plane is away. A node that holds
   * config of its own has something newer or better. Throws a ZodError when it is no snapshot at all.
   */
  begin(raw: unknown): Promise<TakeResult> {
    const answer = envelope.parse(raw);
    return this.#alone(async () => {
      const { position, trust, nowMs } = this.#parts;
      const wallMs = Date.parse(answer.center_time);
      const refused = position.epoch === '' ? trust.refuseExported(answer, nowMs()) : 'older';
      if (refused !== undefined) return this.#refuse(refused);
      return await this.#take(answer, this.#parts.contact.momentAt(wallMs));
    });
  }

  /** Everything that is in use now has lived long enough to be trusted. */
  markHealthy(applyNo: number): Promise<void> {
    return this.#alone(async () => this.#parts.guard.healthy(applyNo, this.#parts.nowMs()));
  }

  /** Another process of this node crashed with what is in use now. True: the config went back to the one before. */
  strike(): Promise<boolean> {
    return this.#alone(async () => {
      const { guard, store, compiler, news, nowMs } = this.#parts;
      const changed = guard.strike(nowMs());
      if (!changed) return false;
      for (const { scope, kind, id } of changed) {
        const row = store.find(scope, kind, id);
        if (row) compiler.upsert(scope, { id, resource: readResource(scope, kind, id, JSON.parse(row.body)) });
        else compiler.remove(scope, kind, id);
      }
      this.#activate();
      news.tell({ is: 'reload' });
      return true;
    });
  }

  /** Forgets everything, on disk and in memory: a node that was retired serves nobody, after a restart neither. */
  forget(): Promise<void> {
    return this.#alone(async () => {
      const { store, compiler, secrets, current } = this.#parts;
      for (const { scope } of store.scopes()) {
        compiler.drop(scope);
        secrets.forget(scope);
      }
      store.db.transaction(() => store.clear())();
      current.swap(compiler.cut('', 0));
      this.#parts.news.tell({ is: 'reload' });
    });
  }

  /** No change is under way when it has resolved, and none begins after. */
  async close(): Promise<void> {
    await this.#alone(async () => {
      this.#parts.guard.stoppedCleanly();
      this.#parts.store.db.close();
    });
    this.#last = Promise.reject(new Error('the config is closed'));
    this.#last.catch(() => undefined);
  }

  #refuse(refused: ConfigRefusal): TakeResult {
    this.#parts.log.error({ refused }, 'config was refused: it is not known to be what the control plane says to this node');
    return { changed: false, more: false, mismatched: [], refused };
  }

  async #take(answer: Answer, sent: Moment): Promise<TakeResult> {
    const { position, store, contact, log } = this.#parts;
    const nothing = { changed: false, more: answer.more, mismatched: [] };
    if (position.isAhead(answer)) return nothing;
    const applied = new Map<string, number>();
    const mismatched: string[] = [];
    let activatedMs = this.#parts.nowMs();
    try {
      // Small changes first: a withdrawal never waits for a large scope.
      for (const change of [...answer.scopes].sort((a, b) => a.upsert.length - b.upsert.length)) {
        const outcome = await this.#change(change, answer.epoch);
        if (outcome === 'applied') applied.set(change.scope, change.to);
        if (outcome === 'mismatch') mismatched.push(change.scope);
        if (outcome === 'applied' && this.#parts.nowMs() - activatedMs > activateEveryMs) {
          this.#activate();
          activatedMs = this.#parts.nowMs();
        }
      }
      if (!answer.more) {
        contact.answered(sent, mismatched);
        this.#parts.news.tell({ is: 'contact', contact: contact.tell() });
      }
      store.db.transaction(() => {
        position.advance(answer, applied);
        for (const scope of mismatched) position.askWhole(scope);
        const written = contact.write();
        if (written) store.setContact(written);
      })();
    } finally {
      if (applied.size > 0 || !this.#isCurrent()) this.#activate();
    }
    for (const scope of mismatched) log.error({ scope }, 'config differs from its digest; asking for the whole scope');
    if (applied.size > 0) log.info({ version: position.base, scopes: applied.size }, 'config applied');
    return { ...nothing, changed: answer.scopes.length > 0, mismatched };
  }

  async #change(change: RawChange, epoch: string): Promise<'applied' | 'mismatch' | 'kept_aside' | 'old'> {
    const { position, store, secrets, compiler } = this.#parts;
    if (change.mode === 'drop') {
      const no = store.db.transaction(() => {
        store.dropScope(change.scope);
        return this.#parts.guard.begin(this.#parts.nowMs());
      })();
      position.arriving(change.scope, undefined);
      secrets.forget(change.scope);
      compiler.drop(change.scope);
      this.#parts.news.tell({ is: 'dropped', no, scope: change.scope });
      return 'applied';
    }
    if (change.mode === 'full' && (change.next !== undefined || change.from > 0)) {
      if (change.from > 0 && !position.isArriving(change.scope)) return 'old';
      stagePart(store, change);
      for (const key of change.data_keys) await secrets.learn(change.scope, key);
      position.arriving(change.scope, change.next);
      if (change.next !== undefined) return 'kept_aside';
      const result = await applyScope(this.#parts, { ...change, remove: [] }, stagedUpserts(store, change.scope));
      store.forgetStaged(change.scope);
      return result;
    }
    if (position.isOld(change.scope, change.to, epoch)) return 'old';
    position.arriving(change.scope, undefined);
    return applyScope(this.#parts, change, inOrder(change.upsert));
  }

  #isCurrent(): boolean {
    const { current, position } = this.#parts;
    const pinned = current.pin();
    return pinned !== undefined && pinned.version === position.base && pinned.epoch === position.epoch;
  }

  #activate(): void {
    const { current, compiler, position, guard, news } = this.#parts;
    current.swap(compiler.cut(position.epoch, position.base));
    guard.activated();
    news.tell({ is: 'active', epoch: position.epoch, version: position.base, damaged: [...compiler.damaged] });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
