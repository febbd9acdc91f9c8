import type { AiService } from '@aicarpool/shared-protocol/console';
import { formatUsd } from '../../../lib/format.ts';

type Model = AiService['available_models'][number];

const picoUsdPerTokenInUsdPerMillion = 1_000_000;

/** USD for a million tokens; null: not known. */
export function perMillion(model: Model, side: 'input' | 'output'): number | null {
  return model.price ? model.price[side] / picoUsdPerTokenInUsdPerMillion : null;
}

/** From the cheapest to the dearest model, for a million tokens of input. */
export function priceSpan(models: readonly Model[]): string {
  const known = models.map((model) => perMillion(model, 'input')).filter((price) => price !== null);
  if (known.length === 0) return '—';
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return low === high ? formatUsd(low) : `${formatUsd(low)} – ${formatUsd(high)}`;
}
