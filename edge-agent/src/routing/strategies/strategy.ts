import type { UpstreamEntry } from '../../snapshot/snapshot.ts';
import type { Demand } from '../demand.ts';
import type { Figures } from '../figures.ts';
import type { ServiceOption } from '../service-option.ts';

/** What a strategy may look at besides the services themselves. */
export interface Circumstances {
  readonly demand: Demand;
  readonly figuresOf: (upstreamId: string) => Figures;
}

/** Where something stands: compared number by number, smaller goes first. */
export type Rank = readonly number[];

/**
 * One rank for each service, in their order. Services that come out even are drawn by weight, and stay drawn for a
 * session where the group is sticky.
 */
export interface Strategy {
  rankServices(options: readonly ServiceOption[], circumstances: Circumstances): readonly Rank[];
  /** For accounts of one service with equal priority; absent: weight alone decides between them. */
  rankAccounts?(upstreams: readonly UpstreamEntry[], circumstances: Circumstances): readonly Rank[];
}
