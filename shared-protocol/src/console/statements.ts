import { oc } from '@orpc/contract';
import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { instant, ok, pageQuery, pagination } from './envelope.ts';

const tags = ['Statements'];
const path = '/carpool/groups/{groupId}';
const params = z.object({ groupId: idSchema('group') });
const month = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month is written YYYY-MM')
  .describe('in the time zone of the group');
const usd = z.number().describe('USD');
const count = z.int().nonnegative();

/** How a cost that is there whatever is used is divided among the members. */
export const splitRule = z
  .enum(['equal', 'by_use', 'by_share'])
  .describe(
    'equal: everyone who was a member in the month pays the same; by_use: in proportion to measured cost (equal where nothing was used); ' +
      'by_share: in proportion to `shares`; who is not named there pays nothing',
  );
export type SplitRule = z.infer<typeof splitRule>;

/** A subscription, a seat, a server: what the group pays each month beside measured use. */
export const fixedCost = z.object({
  name: z.string().trim().min(1).max(100),
  amount_usd: z.number().positive().max(1_000_000).describe('each month'),
  from_month: month,
  to_month: month.nullable().default(null).describe('the last month; null: until it is changed'),
  rule: splitRule.default('equal'),
  shares: z.record(z.string().max(64), z.int().min(0).max(1_000_000)).default({}).describe('by_share: user id → share'),
});
export type FixedCost = z.infer<typeof fixedCost>;

const tokens = z.object({ input: count, cache_read: count, cache_write: count, output: count, total: count });

export const statementLine = z.object({
  service: z.string(),
  model: z.string(),
  requests: count,
  total_tokens: count,
  cost_usd: usd,
});

export const memberStatement = z.object({
  user_id: z.string(),
  name: z.string(),
  is_member: z.boolean().describe('false: he used the group in this month and is not in it any more'),
  requests: count,
  tokens,
  measured_usd: usd.describe('at the prices that were in force'),
  estimated_usd: usd.describe('the part of it whose use is an estimate'),
  lost_requests: count.describe('cut by a crash and booked by their estimate'),
  unpriced_requests: count.describe('of models without a price; they cost nothing here'),
  fixed_usd: usd,
  fixed: z.array(z.object({ name: z.string(), amount_usd: usd })),
  adjustment_usd: z.number().describe('of months that were closed before everything had been settled'),
  adjustments: z.array(z.object({ month, amount_usd: z.number() })),
  total_usd: z.number(),
  lines: z.array(statementLine).max(2000),
});
export type MemberStatement = z.infer<typeof memberStatement>;

export const statement = z.object({
  group_id: z.string(),
  group_name: z.string(),
  month,
  time_zone: z.string(),
  starts_at: instant,
  ends_at: instant,
  status: z
    .enum(['running', 'ended', 'closed'])
    .describe('closed: it does not change any more; what is settled later comes as an adjustment'),
  members: z.array(memberStatement).describe('a member sees himself only'),
  totals: z.object({
    requests: count,
    tokens,
    measured_usd: usd,
    estimated_usd: usd,
    lost_requests: count,
    unpriced_requests: count,
    fixed_usd: usd,
    adjustment_usd: z.number(),
    total_usd: z.number(),
  }),
  fixed_costs: z.array(z.object({ name: z.string(), amount_usd: usd, rule: splitRule })),
  settled: z.object({
    complete: z.boolean().describe('every node that may have booked in this month has settled all of it'),
    behind: z
      .array(z.object({ node_id: z.string(), node_name: z.string(), settled_until: instant.nullable(), rows_known: count }))
      .max(1000)
      .describe('nodes whose rows may be missing; rows_known: that they spoke of and that are not settled'),
  }),
  closed_at: instant.nullable(),
  closed_by: z.string().nullable(),
  as_of: instant,
});
export type Statement = z.infer<typeof statement>;

const one = params.extend({ month });

export const statementsContract = {
  getFixedCosts: oc
    .route({ method: 'GET', path: `${path}/fixed-costs`, summary: 'What the group pays each month beside measured use', tags })
    .input(params)
    .output(ok(z.object({ fixed_costs: z.array(fixedCost) }))),
  setFixedCosts: oc
    .route({
      method: 'PUT',
      path: `${path}/fixed-costs`,
      summary: 'Set what the group pays each month beside measured use; closed months stay as they are',
      tags,
      inputStructure: 'detailed',
    })
    .input(
      z.object({
        params,
        body: z.object({
          fixed_costs: z.array(fixedCost).max(100),
          expected: z
            .array(fixedCost)
            .max(100)
            .optional()
            .describe(
              'what they were when the caller read them: 409 `fixed_costs_moved` if that is not so any more; absent: whatever they are',
            ),
        }),
      }),
    )
    .output(ok(z.object({ fixed_costs: z.array(fixedCost) }))),
  list: oc
    .route({ method: 'GET', path: `${path}/statements`, summary: 'Months of a group, newest first', tags })
    .input(pageQuery.extend(params.shape))
    .output(
      ok(
        z.object({
          statements: z.array(
            z.object({ month, status: statement.shape.status, closed_at: instant.nullable(), total_usd: z.number().nullable() }),
          ),
          pagination,
        }),
      ),
    ),
  get: oc
    .route({ method: 'GET', path: `${path}/statements/{month}`, summary: 'Who used what in a month, and what each pays', tags })
    .input(one)
    .output(ok(statement)),
  csv: oc
    .route({ method: 'GET', path: `${path}/statements/{month}/csv`, summary: 'The same as a table for spreadsheets', tags })
    .input(one.extend({ detail: z.enum(['members', 'models']).default('members') }))
    .output(z.file()),
  close: oc
    .route({
      method: 'POST',
      path: `${path}/statements/{month}/close`,
      summary: 'Close a month that has ended: its statement does not change any more',
      tags,
      inputStructure: 'detailed',
    })
    .input(
      z.object({
        params: one,
        body: z
          .object({
            even_if_incomplete: z.boolean().default(false).describe('false: 409 `month_incomplete` while nodes are behind'),
          })
          .prefault({}),
      }),
    )
    .output(ok(statement)),
};
