import type { Health } from '../../health/health.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { findTarget } from '../targets.ts';

interface Wish {
  readonly groupId: string;
  readonly upstreamId: string;
  readonly model: string;
}

/**
 * Grants trials: of what was out or rested, one worker tries one request at a time. The health of the node decides
 * whether there is anything to try, for a worker may not have heard yet what another one found out.
 */
export class TrialDesk {
  readonly #health: Pick<Health, 'isClosed' | 'trialsOf'>;
  readonly #snapshots: { pin(): Snapshot | undefined };
  readonly #nowMs: () => number;
  /** Who tries what is named so. */
  readonly #trying = new Map<string, { readonly worker: number; readonly ticket: number }>();

  constructor(parts: {
    readonly health: Pick<Health, 'isClosed' | 'trialsOf'>;
    readonly snapshots: { pin(): Snapshot | undefined };
    readonly nowMs: () => number;
  }) {
    this.#health = parts.health;
    this.#snapshots = parts.snapshots;
    this.#nowMs = parts.nowMs;
  }

  claim(worker: number, ticket: number, { groupId, upstreamId, model }: Wish): boolean {
    const group = this.#snapshots.pin()?.findGroup(groupId);
    const target = group && findTarget(group, upstreamId, model);
    if (!group || !target) return false;
    const nowMs = this.#nowMs();
    if (this.#health.isClosed(target, group, nowMs)) return false;
    const names = this.#health.trialsOf(target, group, nowMs);
    if (names.some((name) => this.#trying.has(name))) return false;
    for (const name of names) this.#trying.set(name, { worker, ticket });
    return true;
  }

  leave(worker: number, ticket: number): boolean {
    return this.#forget((trial) => trial.worker === worker && trial.ticket === ticket);
  }

  lost(worker: number): void {
    this.#forget((trial) => trial.worker === worker);
  }

  #forget(isOver: (trial: { worker: number; ticket: number }) => boolean): boolean {
    let found = false;
    for (const [name, trial] of this.#trying) {
      if (!isOver(trial)) continue;
      this.#trying.delete(name);
      found = true;
    }
    return found;
  }
}
