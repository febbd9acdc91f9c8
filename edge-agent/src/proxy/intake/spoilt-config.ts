import { type Refusal, refusals } from '@aicarpool/shared-protocol';
import type { Caller } from '../exchange.ts';

/** The words where what is asked for may exist and only this node lost it. */
export const spoiltConfig: Refusal = {
  code: 'config_stale',
  message: 'a part of the config of this node is damaged; it is asking the control plane for it: try again in a moment',
  retryAfterSeconds: 5,
};

/** A final no is no answer to a caller of whose config something is missing here: he is told to try again. */
export function unlessSpoilt({ isPartial }: Caller, refusal: Refusal): Refusal {
  return isPartial && !refusals[refusal.code].retry ? spoiltConfig : refusal;
}
