import type { Dialect, Feature } from '@aicarpool/shared-protocol';
import type { Operation } from '../dialects/index.ts';

/** What a request needs, as far as choosing a model and an account goes. */
export interface Demand {
  readonly dialect: Dialect;
  readonly operation: Operation;
  /** False for what exists in one dialect only. */
  readonly translatable: boolean;
  /** As the caller says it. */
  readonly model: string;
  /** Four bytes a token: good enough to compare. */
  readonly inputTokens: number;
  readonly maxOutputTokens: number | null;
  /** Costs a look at the whole body: ask only when it decides something. */
  readonly features: () => ReadonlySet<Feature>;
}
