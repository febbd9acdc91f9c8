import { z } from 'zod';

/** What a node noticed and the control plane should know before anybody asks. */
export const signalKind = z.enum([
  'account_auth_failed',
  'account_parked',
  'account_down',
  'account_back',
  'service_down',
  'service_back',
  'failed_over',
  'proxy_down',
  'proxy_back',
]);
export type SignalKind = z.infer<typeof signalKind>;

export const signal = z.object({
  id: z.string().max(64).describe('made on the node; one that came before is taken once'),
  kind: signalKind,
  at: z.string().max(40).describe('UTC instant, ISO 8601'),
  group_id: z.string(),
  service: z.string().max(50).nullable(),
  upstream_id: z.string().nullable(),
  proxy_id: z.string().nullable(),
  reason: z.string().max(200).describe('an error type of the books, or a rule of the group; never a secret'),
  until: z.string().max(40).nullable().describe('when it is tried again; null: not known'),
  count: z.int().positive().describe('how often since the last signal of this kind about the same thing'),
});
export type Signal = z.infer<typeof signal>;

/** `POST /api/v1/edge-nodes/signals`, when there are any; at most every few seconds. */
export const signalsRequest = z.object({ session_no: z.int().positive(), signals: z.array(signal).min(1).max(500) });
export type SignalsRequest = z.infer<typeof signalsRequest>;

export const signalsAnswer = z.object({ taken: z.int().nonnegative() });
export type SignalsAnswer = z.infer<typeof signalsAnswer>;
