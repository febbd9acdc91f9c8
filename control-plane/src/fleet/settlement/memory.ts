import { globalScope } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import type { Head } from '../../kernel/change-log.ts';
import type { Db } from '../../kernel/db.ts';
import { runPrepared } from './prepared.ts';
import type { QuotaFact, QuotaFacts } from './quota-facts.ts';

const maxHoldS = 7 * 86_400;
const maxServed = 100_000;
const recallEveryMs = 100;
const maxRecalled = 10_000;

/** What one replica remembers between settlements: facts of the newest config, and whom it recalled lately. */
export class SettlementMemory {
  readonly #facts: QuotaFacts;
  #version = '';
  #quotas = new Map<string, QuotaFact | undefined>();
  #configTimes: ReadonlyMap<string, number | null> | undefined;
  readonly #served = new Set<string>();
  readonly #recalledAtMs = new Map<number, number>();

  constructor(facts: QuotaFacts) {
    this.#facts = facts;
  }

  /** The quotas that still are; `head` must have been read in `tx` before. */
  async quotasAt(tx: Db, head: Head, ids: Iterable<string>): Promise<ReadonlyMap<string, QuotaFact | undefined>> {
    this.#turnTo(head);
    const known = this.#quotas;
    const asked = [...new Set(ids)].filter((id) => !known.has(id));
    if (asked.length > 0) {
      const facts = new Map((await this.#facts.readQuotas(tx, asked)).map((fact) => [fact.quota.id as string, fact]));
      for (const id of asked) known.set(id, facts.get(id));
    }
    return known;
  }

  /** How long rights stay valid for a node of these groups: as long as the config of the longest of them, at most 7 days. */
  async holdS(tx: Db, head: Head, groupIds: Iterable<string>): Promise<number> {
    this.#turnTo(head);
    const version = this.#version;
    const known = this.#configTimes ?? (await this.#facts.readConfigTimes(tx));
    // Another settlement may have turned to a newer config meanwhile: then these are not its times.
    if (this.#version === version) this.#configTimes = known;
    const times = [...groupIds].filter((id) => id !== globalScope).map((id) => known.get(id) ?? maxHoldS);
    return times.length === 0 ? maxHoldS : Math.max(1, Math.min(maxHoldS, Math.max(...times)));
  }

  /**
   * Those of the groups that the node may have booked for: it was sent them once, or it serves them now. The latter alone
   * is known of a node that began with an exported config, or whose first question was lost with the database.
   */
  async servedBy(
    tx: Db,
    { nodeId, serves }: { readonly nodeId: string; readonly serves: ReadonlySet<string> },
    groupIds: Iterable<string>,
  ): Promise<ReadonlySet<string>> {
    const asked = [...new Set(groupIds)];
    const isKnown = (id: string) => serves.has(id) || this.#served.has(`${nodeId}|${id}`);
    const unknown = asked.filter((id) => !isKnown(id));
    if (unknown.length > 0) {
      const rows = await runPrepared<{ scope: string }>(
        tx,
        sql`SELECT scope FROM fleet_node_scopes
             WHERE node_id = ${nodeId} AND scope IN (SELECT jsonb_array_elements_text(${JSON.stringify(unknown)}::text::jsonb))`,
      );
      if (this.#served.size > maxServed) this.#served.clear();
      for (const { scope } of rows) this.#served.add(`${nodeId}|${scope}`);
    }
    return new Set(asked.filter(isKnown));
  }

  /** Those of the windows that were not recalled within the last 100 ms; they count as recalled now. */
  dueForRecall(wins: readonly number[], nowMs: number): number[] {
    if (this.#recalledAtMs.size > maxRecalled) this.#recalledAtMs.clear();
    const due = wins.filter((win) => nowMs - (this.#recalledAtMs.get(win) ?? Number.NEGATIVE_INFINITY) >= recallEveryMs);
    for (const win of due) this.#recalledAtMs.set(win, nowMs);
    return due;
  }

  #turnTo({ epoch, head }: Head): void {
    const version = `${epoch} ${head}`;
    if (version === this.#version) return;
    this.#version = version;
    this.#quotas = new Map();
    this.#configTimes = undefined;
  }
}
