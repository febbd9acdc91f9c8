import type { Dialect, ModelEntry } from '@aicarpool/shared-protocol';
import type { ServiceRoute, UpstreamEntry } from '../snapshot/snapshot.ts';
import type { Translation } from '../translate/translation.ts';

/** A service that could answer, and how it would be asked. */
export interface ServiceOption {
  readonly route: ServiceRoute;
  /** As the service knows it. */
  readonly model: string;
  readonly entry: ModelEntry | undefined;
  readonly substituted: boolean;
  /** An alias gave the name. */
  readonly aliased: boolean;
  readonly dialect: Dialect;
  readonly translation: Translation | null;
  /** The accounts of it that this caller may use; at least one. */
  readonly upstreams: readonly UpstreamEntry[];
}
