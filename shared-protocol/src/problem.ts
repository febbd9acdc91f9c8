import { z } from 'zod';

/** What every refused console call answers. `message` says what to do next; it never holds secrets, SQL or stacks. */
export const problem = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.string().describe('stable, lower case with underscores; the key of the translated sentence'),
    message: z.string(),
    details: z.unknown().optional(),
    request_id: z.string(),
  }),
});
export type Problem = z.infer<typeof problem>;
