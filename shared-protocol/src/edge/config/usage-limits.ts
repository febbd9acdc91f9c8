import { z } from 'zod';

/**
 * How much may go on at once, or in a while, on all nodes together. Of a group, of each member in it, or of one key;
 * a request must fit all of them. null: no such limit.
 */
export const usageLimits = z.object({
  requests: z.object({ requests: z.int().positive(), window_s: z.int().positive() }).nullable().default(null),
  tokens_per_minute: z.int().positive().nullable().default(null).describe('input and output together, over a sliding minute'),
  concurrency: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('requests at once; what comes beyond waits in a bounded queue'),
});
export type UsageLimits = z.infer<typeof usageLimits>;

export const noUsageLimits: UsageLimits = { requests: null, tokens_per_minute: null, concurrency: null };

/** What a request may make use of. A group or a key can forbid each; a forbidden one is refused, never dropped. */
export const feature = z.enum(['tools', 'vision', 'thinking', 'web_search']);
export type Feature = z.infer<typeof feature>;
