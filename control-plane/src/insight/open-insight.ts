import { viewGroup, viewKey, viewPeople } from '../carpool/index.ts';
import {
  askProofs,
  checkInvariants,
  type Fleet as FleetDomain,
  forgetBooks,
  nodesFor,
  previewForgetting,
  readAuditedBooks,
  readBehind,
  readBookedDays,
  readBookRanges,
  readHourlyTotals,
  readProofs,
  readRowsByNode,
  readSettledCounts,
  readSums,
  readUse,
} from '../fleet/index.ts';
import { findPeople } from '../identity/index.ts';
import type { Ctx, Db, Job } from '../kernel/index.ts';
import { SingleFlight } from './cache/single-flight.ts';
import { insightJobsOver } from './jobs.ts';
import type { LedgerParts } from './ledger-audit/ledger-parts.ts';
import { ledgerAuditRoutesOver } from './ledger-audit/routes.ts';
import type { BehindNode, InsightParts } from './ports.ts';
import { providerExportRoutesOver } from './provider-exports/routes.ts';
import { insightRouterOver } from './routes.ts';
import { statementRoutesOver } from './statements/routes.ts';

export interface Insight {
  readonly router: ReturnType<typeof insightRouterOver>;
  readonly statements: ReturnType<typeof statementRoutesOver>;
  readonly providerExports: ReturnType<typeof providerExportRoutesOver>;
  readonly ledgerAudit: ReturnType<typeof ledgerAuditRoutesOver>;
  /** To be run by every replica. */
  readonly jobs: readonly Job[];
}

/** The insight side of one replica: its console calls and its background work, over the nodes of `fleet`. */
export function openInsight(fleet: Pick<FleetDomain, 'askNodes'>): Insight {
  const parts: InsightParts = {
    fleet: { bookKeepers: nodesFor, askNodes: fleet.askNodes },
    carpool: { getGroup: viewGroup, getKey: viewKey },
    settled: { readHourlyTotals, readBehind, readSettledCounts },
    flights: new SingleFlight(),
  };
  const jobs = insightJobsOver(parts);
  return {
    router: insightRouterOver(parts, jobs),
    statements: statementRoutesOver({ getPeople: viewPeople, namesOf, books: { readUse, readBehind: readBehindOf } }),
    providerExports: providerExportRoutesOver({ getPeople: viewPeople, readBookedDays }),
    ledgerAudit: ledgerAuditRoutesOver({ ...ledgerReads, flights: parts.flights }),
    jobs: Object.values(jobs),
  };
}

const ledgerReads: Omit<LedgerParts, 'flights'> = {
  getPeople: viewPeople,
  bookKeepers: nodesFor,
  readAuditedBooks,
  readBookRanges,
  readProofs,
  readSums,
  readRowsByNode,
  checkInvariants,
  askProofs,
  previewForgetting,
  forgetBooks,
};

async function namesOf(db: Db, userIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const people = await findPeople(db, userIds);
  return new Map([...people].map(([id, { name }]) => [id, name]));
}

const idleMs = 150_000;

/** Of the nodes that served the group at any time in this span. */
async function readBehindOf(ctx: Ctx, groupId: string, from: Date, to: Date): Promise<BehindNode[]> {
  const keepers = (await nodesFor(ctx, groupId)).filter(
    ({ sinceAt, untilAt }) => sinceAt < to && (untilAt === null || untilAt > from),
  );
  const names = new Map(keepers.map(({ nodeId, name }) => [nodeId, name]));
  const now = ctx.clock.now();
  // Idle nodes are heard of once a minute; nobody is behind for that, but a span that is over must be heard to its end.
  const behind = await readBehind(ctx.db, [...names.keys()], to <= now ? to : new Date(now.getTime() - idleMs));
  return behind.map((one) => ({ ...one, name: names.get(one.nodeId) ?? '' }));
}
