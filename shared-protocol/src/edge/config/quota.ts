import { z } from 'zod';

export const quotaUnit = z
  .enum(['tokens', 'nano_usd'])
  .describe('tokens: all input and all output; nano_usd: cost at the prices of its rows');
export type QuotaUnit = z.infer<typeof quotaUnit>;

export const quotaWindow = z.enum(['day', 'month', 'total']).describe('days and months begin in the time zone of the group');
export type QuotaWindow = z.infer<typeof quotaWindow>;

export const quotaMode = z
  .enum(['hard', 'soft', 'stream'])
  .describe(
    'what a request must find free before it starts. hard: the most it can cost, so the limit is never passed; ' +
      'soft: what such requests usually cost at the most; stream: its input and one piece of output, then piece by piece',
  );
export type QuotaMode = z.infer<typeof quotaMode>;

/**
 * Group scope, kind `quota`: how much may be used in a window, on all nodes together. A request must fit every quota
 * that counts it. Of two rules that differ in `subject` alone, the one that names the subject wins over `null`.
 */
export const quotaResource = z.object({
  id: z.string().max(64),
  group_id: z.string().max(64),
  of: z.enum(['group', 'member', 'key']).describe('whose use is added up'),
  subject: z.string().max(64).nullable().describe('id of the member or key; null: of each of them, or the group'),
  service: z.string().max(50).nullable().describe('counts requests to this service only; null: to all'),
  unit: quotaUnit,
  window: quotaWindow,
  limit: z.int().nonnegative().describe('0: nothing may be used'),
  mode: quotaMode.default('soft'),
  when_dry: z
    .enum(['cut', 'overrun'])
    .default('overrun')
    .describe('stream: nothing is left for the next piece. cut: end the stream with an error event; overrun: let it finish'),
  max_output_tokens: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('hard: what is assumed of a request that sets no limit of its own; null: such a request is refused'),
  overdraft: z
    .int()
    .nonnegative()
    .default(0)
    .describe('what each node may use beyond its rights while the centre cannot be reached'),
  strict: z
    .boolean()
    .default(false)
    .describe('after a restart of its machine a node uses nothing before the centre has answered'),
});
export type QuotaResource = z.infer<typeof quotaResource>;
