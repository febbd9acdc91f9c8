import type { ServiceEntry, ServiceRoute, UpstreamEntry } from '../snapshot/snapshot.ts';

/** An account as it is to be asked; a candidate of the proxy is one. */
export interface Target {
  readonly service: ServiceEntry;
  readonly upstream: UpstreamEntry;
  readonly route: ServiceRoute;
  readonly model: string;
}
