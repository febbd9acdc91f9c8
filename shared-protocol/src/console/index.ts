/**
 * The console contracts: what browsers and scripts may ask of the control plane, one file per domain.
 * The REST API and its OpenAPI document come from here.
 */
import { insightContract } from './insight.ts';

export { type AuditRow, type BasicStats, insightContract } from './insight.ts';
export {
  type NodeDetail,
  type QueryInfo,
  type StatsParts,
  type StatsReport,
  type StatsShares,
  type StatsSummary,
  type StatsWarning,
  statsReport,
  type TimePoint,
} from './stats-report.ts';

export const contract = { insight: insightContract };
