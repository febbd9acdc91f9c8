import { oc } from '@orpc/contract';
import { z } from 'zod';
import { quotaMode, quotaResource, quotaWindow } from '../../edge/config/quota.ts';
import { idSchema } from '../../ids.ts';
import { instant, ok, pageQuery, pagination } from '../envelope.ts';

const tags = ['Quotas'];
const groupId = idSchema('group');
const params = z.object({ groupId });
const quotaParams = params.extend({ quotaId: idSchema('quota') });
const path = '/carpool/groups/{groupId}';

const reason = z.string().trim().max(500).optional().describe('why; kept in the history');
/** Nine million dollars in nano-USD, or 9,000,000 billion tokens: what a counter holds exactly. */
const mostUsd = 9_000_000;
const amount = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER).describe('tokens, a whole number, or USD, as `unit` says');
const unit = z.enum(['tokens', 'usd']);

const place = z.object({
  of: z.enum(['group', 'member', 'key']).describe('whose use is added up'),
  subject: z.string().max(64).nullable().default(null).describe('one member or key, by id; null: each of them, or the group'),
  service_name: z.string().min(1).max(50).nullable().default(null).describe('counts requests to this service only; null: to all'),
  unit: unit.describe('tokens: all input and all output; usd: cost at list prices'),
  window: quotaWindow,
});

const terms = z.object({
  limit: amount,
  mode: quotaMode,
  when_dry: quotaResource.shape.when_dry.unwrap(),
  max_output_tokens: quotaResource.shape.max_output_tokens.unwrap(),
  overdraft: amount.describe('what each node may use beyond its rights while the control plane cannot be reached'),
  strict: quotaResource.shape.strict.unwrap(),
  alert_percent: z.int().min(1).max(100).describe('share of the limit at which its people are told'),
});
export type QuotaTerms = z.infer<typeof terms>;

const isExact = (value: { unit?: 'tokens' | 'usd'; limit?: number | undefined; overdraft?: number | undefined }) =>
  [value.limit, value.overdraft].every(
    (one) => one === undefined || (value.unit === 'usd' ? one <= mostUsd : value.unit !== 'tokens' || Number.isInteger(one)),
  );

export const newQuota = place
  .extend({
    limit: amount,
    mode: terms.shape.mode.default('soft'),
    when_dry: terms.shape.when_dry.default('overrun'),
    max_output_tokens: terms.shape.max_output_tokens.default(null),
    overdraft: terms.shape.overdraft.default(0),
    strict: terms.shape.strict.default(false),
    alert_percent: terms.shape.alert_percent.default(80),
    reason,
  })
  .refine(isExact, { message: 'tokens are whole numbers; USD go up to 9,000,000', path: ['limit'] });
export type NewQuota = z.infer<typeof newQuota>;

export const quotaChange = terms.partial().extend({ reason });
export type QuotaChange = z.infer<typeof quotaChange>;

/** How one window stands. The books of nodes settle every second; `promised` is what nodes hold and have not used yet. */
export const quotaUse = z.object({
  subject: z.string().nullable().describe('member or key; null: the group'),
  subject_name: z.string().nullable(),
  limit: z.number(),
  used: z.number(),
  promised: z.number(),
  left: z.number().describe('of the limit, not used; what nodes hold is part of it'),
  percent: z.number().describe('used of the limit; never rounded up to 100'),
  state: z
    .enum(['ok', 'near', 'reached'])
    .describe('reached: requests are refused; of a hard quota also when a rest is left that none of them fits into'),
  starts_at: instant.nullable().describe('null: since ever'),
  resets_at: instant.nullable().describe('null: never'),
});
export type QuotaUse = z.infer<typeof quotaUse>;

export const quotaRule = place.extend({
  ...terms.shape,
  subject: z.string().nullable(),
  service_name: z.string().nullable(),
  id: z.string(),
  group_id: z.string(),
  subject_name: z.string().nullable(),
  origin: z.enum(['quota', 'group', 'service', 'key']).describe('as what it was set last: by itself, or as a field of the thing'),
  created_at: instant,
  updated_at: instant,
});
export type QuotaRule = z.infer<typeof quotaRule>;

export const quota = quotaRule.extend({
  use: z.array(quotaUse).describe('of the current window; of a quota of each member or key one entry for each, at most 100'),
});
export type Quota = z.infer<typeof quota>;

const unpricedUse = z.object({ service_name: z.string(), model: z.string(), requests: z.int() });
export type UnpricedUse = z.infer<typeof unpricedUse>;

const warnings = z.array(z.string()).describe('what is allowed but may not be meant, as limits of members that add up to more');
export const quotaWarning = z.object({
  code: z.enum([
    'members_over_group',
    'day_over_month',
    'models_unpriced',
    'quota_over_group',
    'quota_over_member',
    'services_over_group',
  ]),
  message: z.string(),
  params: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .describe('amounts in tokens or USD, as `unit` says; service_name empty: every service'),
  about: z.array(z.string()).describe('ids of the quotas that it compares'),
});
export type QuotaWarning = z.infer<typeof quotaWarning>;
const warningCodes = z.array(quotaWarning).optional().describe('what `warnings` say in sentences, to be said in any language');
export const changedQuota = quotaRule.extend({ warnings, warning_codes: warningCodes });
export type ChangedQuota = z.infer<typeof changedQuota>;

const limit = z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullish();
export const groupQuotaChange = z.object({
  total_token_limit: limit.describe(
    'tokens of the group in a month, which begins in its time zone; null: no limit; absent: as before',
  ),
  per_user_token_limit: limit.describe('tokens of each member in a month; null: no limit; absent: as before'),
  max_keys_per_user: z.int().min(1).max(1000).optional(),
  allowed_models: z
    .array(z.string().min(1).max(200))
    .max(2000)
    .nullish()
    .describe('the models of every service of the group, `*` is a wild card; null: all; absent: as before'),
  rate_limits: z
    .object({
      requests_per_minute: z.int().min(1).max(10_000_000).nullish(),
      tokens_per_hour: z.int().min(60).max(120_000_000_000).nullish().describe('held as its sixtieth part in every minute'),
    })
    .optional()
    .describe('of each member; null: no such limit; absent: as before'),
  reason,
});
export type GroupQuotaChange = z.infer<typeof groupQuotaChange>;

export const groupQuotaAnswer = z.object({
  group_id: z.string(),
  quota_updated: z.literal(true),
  effective_date: instant.describe('at once: what was used in the current window counts against the new limit'),
  warnings,
  warning_codes: warningCodes,
});
export type GroupQuotaAnswer = z.infer<typeof groupQuotaAnswer>;

const quotaLine = quotaUse.extend({ quota_id: z.string(), ...place.shape, subject: z.string().nullable() });
export type QuotaLine = z.infer<typeof quotaLine>;

export const userQuota = z.object({
  groups: z.array(
    z.object({
      group_id: z.string(),
      group_name: z.string(),
      time_zone: z.string(),
      quota: z.object({
        token_limit: z.int().nullable().describe('of the caller, or else of his group, where the least is left; null: none'),
        tokens_used: z.int().describe('in the window of that limit; without a limit: this month'),
        tokens_remaining: z.int().nullable().describe('the least that any token limit leaves him; null: there is none'),
        max_keys: z.int(),
        keys_created: z.int(),
        reset_date: instant.nullable().describe('when that window ends; null: never'),
      }),
      restrictions: z.object({
        allowed_models: z.array(z.string()).describe('names with `*` as a wild card; ["*"]: every model'),
        rate_limits: z.object({
          requests_per_minute: z.int().nullable(),
          tokens_per_hour: z.int().nullable(),
        }),
      }),
      limits: z.array(quotaLine).describe('every quota that counts requests of the caller'),
      days: z.array(z.object({ date: z.string(), tokens: z.int(), cost: z.number() })).describe('his use of the last 30 days'),
    }),
  ),
});
export type UserQuota = z.infer<typeof userQuota>;

export const quotaTrend = z.object({
  quota_id: z.string(),
  unit,
  time_zone: z.string(),
  days: z.array(z.object({ date: z.string(), used: z.number() })).describe('the last 30, the current one last'),
});
export type QuotaTrend = z.infer<typeof quotaTrend>;

const doneBy = z.object({ kind: z.enum(['user', 'node', 'system', 'anonymous']), id: z.string().nullable(), name: z.string() });
export const quotaChangeEntry = place.extend({
  id: z.string(),
  at: instant,
  quota_id: z.string(),
  subject: z.string().nullable(),
  subject_name: z.string().nullable(),
  before: terms.nullable().describe('null: there was none'),
  after: terms.nullable().describe('null: it was removed'),
  origin: quotaRule.shape.origin,
  by: doneBy,
  reason: z.string().nullable(),
});
export type QuotaChangeEntry = z.infer<typeof quotaChangeEntry>;

export const alert = z.object({
  id: z.string(),
  kind: z.literal('quota'),
  group_id: z.string(),
  group_name: z.string(),
  quota_id: z.string(),
  ...place.shape,
  subject: z.string().nullable(),
  subject_name: z.string().nullable(),
  level: z.enum(['near', 'reached']).describe('near: the share at which people are told; reached: all of it'),
  limit: z.number(),
  used: z.number().describe('when it was raised'),
  percent: z.number(),
  raised_at: instant,
  resets_at: instant.nullable(),
  acknowledged_at: instant.nullable(),
  acknowledged_by: z.string().nullable().describe('name'),
  can_acknowledge: z.boolean().describe('may the caller?'),
});
export type Alert = z.infer<typeof alert>;

export const quotasContract = {
  list: oc
    .route({ method: 'GET', path: `${path}/quotas`, summary: 'Quotas of a group and how they stand', tags })
    .input(pageQuery.extend(params.shape))
    .output(
      ok(
        z.object({
          quotas: z.array(quota),
          unpriced: z
            .array(unpricedUse)
            .describe(
              'models without a price that were used since the first window of these quotas began: for quotas in USD they cost nothing',
            ),
          time_zone: z.string(),
          pagination,
        }),
      ),
    ),
  set: oc
    .route({
      method: 'POST',
      path: `${path}/quotas`,
      summary: 'Set a quota; one that counts the same is replaced',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params, body: newQuota }))
    .output(ok(changedQuota)),
  change: oc
    .route({
      method: 'PATCH',
      path: `${path}/quotas/{quotaId}`,
      summary: 'Change a quota; it counts at once, in the current window too',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: quotaParams, body: quotaChange }))
    .output(ok(changedQuota)),
  remove: oc
    .route({
      method: 'DELETE',
      path: `${path}/quotas/{quotaId}`,
      summary: 'Remove a quota',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: quotaParams, query: z.object({ reason }).default({}) }))
    .output(ok(z.object({ id: z.string(), deleted: z.literal(true) }))),
  history: oc
    .route({
      method: 'GET',
      path: `${path}/quotas/history`,
      summary: 'Who changed which limit, when and why; newest first',
      tags,
    })
    .input(pageQuery.extend({ ...params.shape, quota_id: idSchema('quota').optional() }))
    .output(ok(z.object({ changes: z.array(quotaChangeEntry), pagination }))),
  trend: oc
    .route({
      method: 'GET',
      path: `${path}/quotas/{quotaId}/trend`,
      summary: 'What a quota counted on each of the last 30 days',
      tags,
    })
    .input(quotaParams.extend({ subject: z.string().max(64).optional().describe('one of its members or keys') }))
    .output(ok(quotaTrend)),
  setGroup: oc
    .route({
      method: 'PUT',
      path: `${path}/quota`,
      summary: 'Set the token limits, models and rates of a group in one call',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params, body: groupQuotaChange }))
    .output(ok(groupQuotaAnswer)),
  mine: oc
    .route({ method: 'GET', path: '/user/quota', summary: 'What the caller may still use, in each of his groups', tags })
    .input(z.object({}))
    .output(ok(userQuota)),
};

const alertTags = ['Alerts'];
export const alertsContract = {
  list: oc
    .route({
      method: 'GET',
      path: '/alerts',
      summary: 'Alerts of groups that the caller manages, and those about himself; newest first',
      tags: alertTags,
    })
    .input(
      pageQuery.extend({
        group_id: groupId.optional(),
        status: z.enum(['open', 'acknowledged']).optional().describe('open: not acknowledged, and its window has not ended'),
      }),
    )
    .output(ok(z.object({ alerts: z.array(alert), pagination }))),
  acknowledge: oc
    .route({ method: 'POST', path: '/alerts/{alertId}/acknowledge', summary: 'Say that an alert was seen', tags: alertTags })
    .input(z.object({ alertId: idSchema('alert') }))
    .output(ok(alert)),
};
