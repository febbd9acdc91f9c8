import { viewGroup, viewKey } from '../carpool/index.ts';
import { type Fleet as FleetDomain, nodesFor } from '../fleet/index.ts';
import type { Job } from '../kernel/index.ts';
import { SingleFlight } from './cache/single-flight.ts';
import { insightJobsOver } from './jobs.ts';
import type { InsightParts } from './ports.ts';
import { insightRouterOver } from './routes.ts';

export interface Insight {
  readonly router: ReturnType<typeof insightRouterOver>;
  /** To be run by every replica. */
  readonly jobs: readonly Job[];
}

/** The insight side of one replica: its console calls and its background work, over the nodes of `fleet`. */
export function openInsight(fleet: Pick<FleetDomain, 'askNodes'>): Insight {
  const parts: InsightParts = {
    fleet: { bookKeepers: nodesFor, askNodes: fleet.askNodes },
    carpool: { getGroup: viewGroup, getKey: viewKey },
    flights: new SingleFlight(),
  };
  const jobs = insightJobsOver(parts);
  return { router: insightRouterOver(parts, jobs), jobs: Object.values(jobs) };
}
