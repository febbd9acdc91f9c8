import {
  type GroupId,
  type NodeId,
  newId,
  type QuotaResource,
  type SettleAnswer,
  type SettleRequest,
  settleAnswer,
  settleRequest,
} from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { readQuotas } from '../../src/carpool/index.ts';
import { carpoolQuotas } from '../../src/carpool/tables.ts';
import type { NodeRow } from '../../src/fleet/nodes/find-node.ts';
import { Placements } from '../../src/fleet/placement/placements.ts';
import type { QuotaCrossing, QuotaFacts } from '../../src/fleet/settlement/quota-facts.ts';
import { type ReceiveParts, receiveSettlement } from '../../src/fleet/settlement/receive-settlement.ts';
import { openSettlement } from '../../src/fleet/settlement/settlement-parts.ts';
import { fleetNodeScopes, fleetNodes } from '../../src/fleet/tables.ts';
import type { Ctx } from '../../src/kernel/index.ts';
import { type TestPg, testCtx } from '../pg.ts';
import { insertGroup, plainFacts } from '../plain-config.ts';
import { ModelBook } from './model-book.ts';

/** A clock that is moved by hand. */
export class HandClock {
  nowMs: number;

  constructor(at = '2026-11-21T08:00:00.000Z') {
    this.nowMs = Date.parse(at);
  }

  now = (): Date => new Date(this.nowMs);

  forward(ms: number): void {
    this.nowMs += ms;
  }
}

/** The centre side of settlement on a real database, called as the edge API calls it. */
export class Scene {
  readonly pg: TestPg;
  readonly clock: HandClock;
  readonly ctx: Ctx;
  readonly crossings: QuotaCrossing[] = [];
  /** What the test says of quotas; a test may put another function in. */
  readonly facts: { -readonly [Name in keyof QuotaFacts]: QuotaFacts[Name] };
  readonly parts: ReceiveParts;

  /** `over.ctx`: another replica on the same database. */
  constructor(pg: TestPg, clock = new HandClock(), over: { ctx?: Partial<Ctx> } = {}) {
    this.pg = pg;
    this.clock = clock;
    this.ctx = testCtx(pg, undefined, { clock, ...over.ctx });
    this.facts = {
      readQuotas,
      knownSubjects: async (_tx, _groupId, _of, ids) => new Set(ids.filter((id) => !id.includes('unknown'))),
      readConfigTimes: async () => new Map(),
      onQuotaCrossed: async (_ctx, _tx, crossings) => void this.crossings.push(...crossings),
    };
    this.parts = { placements: new Placements(plainFacts), settlement: openSettlement(this.ctx.keyring, this.facts) };
  }

  async group(timeZone = 'UTC'): Promise<GroupId> {
    return await insertGroup(this.pg.db, { deploymentMode: 'hybrid', timeZone });
  }

  async quota(groupId: GroupId, limit: number, over: Partial<QuotaResource & { alertPercent: number }> = {}): Promise<string> {
    const id = newId('quota');
    const now = this.clock.now();
    await this.pg.db.insert(carpoolQuotas).values({
      id,
      groupId,
      of: over.of ?? 'group',
      subject: over.subject ?? null,
      serviceId: null,
      unit: over.unit ?? 'nano_usd',
      window: over.window ?? 'total',
      limit,
      alertPercent: over.alertPercent ?? 80,
      origin: 'quota',
      createdAt: now,
      updatedAt: now,
    });
    return id;
  }

  async setLimit(quotaId: string, limit: number): Promise<void> {
    await this.pg.db
      .update(carpoolQuotas)
      .set({ limit })
      .where(eq(carpoolQuotas.id, quotaId as (typeof carpoolQuotas.$inferSelect)['id']));
  }

  /** A node in its first session that serves these groups and no others. */
  async node(...groupIds: readonly GroupId[]): Promise<NodeRow> {
    const id = newId('node');
    const now = this.clock.now();
    const values = { id, name: id, role: 'edge' as const, tokenHash: id, supportedServices: [], registeredAt: now, sessionNo: 1 };
    const [node] = await this.pg.db
      .insert(fleetNodes)
      .values({ ...values, onlyGroups: [...groupIds] })
      .returning();
    for (const scope of groupIds) await this.pg.db.insert(fleetNodeScopes).values({ nodeId: id, scope, servedSince: now });
    if (!node) throw new Error('no node was made');
    return node;
  }

  /** The node opens its next session. */
  async nextSession(node: NodeRow): Promise<NodeRow> {
    const sessionNo = node.sessionNo + 1;
    await this.pg.db.update(fleetNodes).set({ sessionNo }).where(eq(fleetNodes.id, node.id));
    return { ...node, sessionNo };
  }

  async send(node: NodeRow, request: SettleRequest): Promise<SettleAnswer> {
    const ctx: Ctx = { ...this.ctx, actor: { kind: 'node', nodeId: node.id as NodeId } };
    return settleAnswer.parse(await receiveSettlement(ctx, this.parts, node, settleRequest.parse(request)));
  }

  /** Sends what the book has to say, and takes the answer. */
  async settle(node: NodeRow, book: ModelBook, over: Partial<SettleRequest> = {}): Promise<SettleAnswer> {
    const answer = await this.send(node, book.request(over));
    book.take(answer);
    return answer;
  }

  /** Numbers the window of a quota for a book, with what it needs and would like to have. */
  async open(
    node: NodeRow,
    book: ModelBook,
    quota: string,
    wish: { need?: number; target?: number; subject?: string } = {},
  ): Promise<number> {
    const { need = 0, target = 0, subject = '' } = wish;
    const answer = await this.settle(node, book, { open: [{ quota, subject, next: false, need, target }] });
    const win = answer.opened.find((window) => window.quota === quota && window.subject === subject)?.win;
    if (win === undefined) throw new Error(`not opened: ${JSON.stringify(answer.refused)}`);
    return win;
  }

  async ask(node: NodeRow, book: ModelBook, win: number, wish: { need?: number; target?: number }): Promise<SettleAnswer> {
    const request = book.request();
    const slices = request.slices.map((slice) => (slice.win === win ? { ...slice, ...wish } : slice));
    const answer = await this.send(node, { ...request, slices });
    book.take(answer);
    return answer;
  }

  newBook(node: NodeRow): ModelBook {
    return new ModelBook(newId('request'), node.sessionNo);
  }
}
