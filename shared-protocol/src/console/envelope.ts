import { z } from 'zod';

/** Every console answer: `{"success": true, "data": …}`. */
export function ok<T extends z.ZodType>(data: T) {
  return z.object({ success: z.literal(true), data });
}

/** `page` counts from 1; `limit` is at most 100. */
export const pageQuery = z.object({
  page: z.coerce.number().int().min(1).default(1),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const pagination = z.object({ page: z.int(), limit: z.int(), total: z.int() });

/** A UTC instant, ISO 8601 with `Z`. */
export const instant = z.iso.datetime();

/** USD as a decimal number. */
export const usd = z.number().nonnegative();
