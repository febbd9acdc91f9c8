import type { ModelEntry } from '@aicarpool/shared-protocol';
import type { Demand } from '../demand.ts';

/** Needed features that the model is known not to have. What is not known is taken to be there. */
export function missingFeatures(entry: ModelEntry | undefined, demand: Demand): number {
  if (!entry?.features) return 0;
  let missing = 0;
  for (const feature of demand.features()) if (!entry.features.includes(feature)) missing += 1;
  return missing;
}

export function fitsContext(entry: ModelEntry | undefined, demand: Demand): boolean {
  return !entry || entry.context_length === null || demand.inputTokens <= entry.context_length;
}

export function fitsOutput(entry: ModelEntry | undefined, demand: Demand): boolean {
  return !entry || entry.max_output_tokens === null || (demand.maxOutputTokens ?? 0) <= entry.max_output_tokens;
}
