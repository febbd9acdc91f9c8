import { oc } from '@orpc/contract';
import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { instant, ok, pageQuery, pagination } from './envelope.ts';

const tags = ['Audit'];
const path = '/carpool/groups/{groupId}/provider-exports';
const params = z.object({ groupId: idSchema('group') });
const day = z.string().describe('YYYY-MM-DD, UTC');
const share = z.number().nullable().describe('percent of what the provider says; null: it says nothing');

/** Tables that are understood. `plain`: date, model, input_tokens, output_tokens, cost_usd – any of the last three may be missing. */
export const exportFormat = z.enum(['anthropic_usage', 'anthropic_cost', 'openai_usage', 'openai_cost', 'plain']);
export type ExportFormat = z.infer<typeof exportFormat>;

const difference = z.object({
  theirs: z.number(),
  ours: z.number(),
  difference: z.number().describe('theirs - ours'),
  difference_percent: share,
  estimated: z
    .number()
    .describe('as much of the difference as rows that were booked by estimate (aborted, broken, lost) can explain'),
  unknown: z.number().describe('the rest'),
});

export const comparedLine = z.object({
  date: day,
  model: z.string().describe('as the provider names it; "" where it does not tell models apart'),
  our_models: z.array(z.string()),
  tokens: difference.nullable().describe('null: the table has no tokens'),
  cost_usd: difference.nullable().describe('null: the table has no cost'),
  requests: z.int().describe('of ours'),
  lost_requests: z.int().describe('of ours: cut by a crash'),
});
export type ComparedLine = z.infer<typeof comparedLine>;

export const providerComparison = z.object({
  id: z.string(),
  group_id: z.string(),
  service_name: z.string(),
  upstream_id: z.string().nullable().describe('the account it is of; null: all accounts of the service in this group'),
  format: exportFormat,
  from: day,
  to: day,
  imported_at: instant,
  imported_by: z.string().nullable(),
  rows: z.int().describe('of the table'),
  totals: z.object({ tokens: difference.nullable(), cost_usd: difference.nullable(), requests: z.int(), lost_requests: z.int() }),
  lines: z.array(comparedLine).max(5000),
});
export type ProviderComparison = z.infer<typeof providerComparison>;

export const providerExportsContract = {
  import: oc
    .route({
      method: 'POST',
      path,
      summary: "Compare a provider's own usage or cost export with the books",
      tags,
      inputStructure: 'detailed',
    })
    .input(
      z.object({
        params,
        body: z.object({
          service_name: z.string().min(1).max(50),
          upstream_id: idSchema('upstream').nullable().default(null),
          content: z.string().min(1).max(900_000).describe('the CSV file as the provider gives it'),
        }),
      }),
    )
    .output(ok(providerComparison)),
  list: oc
    .route({ method: 'GET', path, summary: 'Comparisons that were made, newest first', tags })
    .input(pageQuery.extend(params.shape))
    .output(ok(z.object({ comparisons: z.array(providerComparison.omit({ lines: true })), pagination }))),
  get: oc
    .route({ method: 'GET', path: `${path}/{comparisonId}`, summary: 'One comparison, day by day and model by model', tags })
    .input(params.extend({ comparisonId: z.string().max(64) }))
    .output(ok(providerComparison)),
};
