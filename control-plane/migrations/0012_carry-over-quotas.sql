-- Limits that were kept as fields of groups, their services and keys become rules. Ids as `quotaIdOf` makes them.
WITH field AS (
  SELECT g.id AS group_id, 'group' AS "of", NULL::text AS subject, NULL::text AS service_id, 'tokens' AS unit,
         f."window", g.global_quota_config -> f.name AS amount, 80 AS alert_percent, 'group' AS origin, g.updated_at AS at
    FROM carpool_groups g,
         (VALUES ('total_token_limit_daily', 'day'), ('total_token_limit_monthly', 'month'), ('total_token_limit', 'total'))
           AS f(name, "window")
   WHERE g.status <> 'closed'
  UNION ALL
  SELECT g.id, 'member', NULL, NULL, 'tokens', f."window", g.global_quota_config -> f.name, 80, 'group', g.updated_at
    FROM carpool_groups g,
         (VALUES ('per_user_token_limit_daily', 'day'), ('per_user_token_limit_monthly', 'month'), ('per_user_token_limit', 'total'))
           AS f(name, "window")
   WHERE g.status <> 'closed'
  UNION ALL
  SELECT g.id, 'group', NULL, NULL, 'nano_usd', f."window", g.cost_limits -> f.name,
         CASE WHEN jsonb_typeof(g.cost_limits -> 'alert_threshold') = 'number'
              THEN least(100, greatest(1, round((g.cost_limits ->> 'alert_threshold')::numeric * 100)))::int ELSE 80 END,
         'group', g.updated_at
    FROM carpool_groups g, (VALUES ('daily_limit', 'day'), ('monthly_limit', 'month')) AS f(name, "window")
   WHERE g.status <> 'closed'
  UNION ALL
  SELECT s.group_id, 'group', NULL, s.service_id, 'tokens', f."window", s.quota_config -> f.name, 80, 'service', g.updated_at
    FROM carpool_group_services s JOIN carpool_groups g ON g.id = s.group_id,
         (VALUES ('daily_token_limit', 'day'), ('monthly_token_limit', 'month'), ('token_limit', 'total')) AS f(name, "window")
   WHERE g.status <> 'closed'
  UNION ALL
  SELECT k.group_id, 'key', k.id, NULL, 'tokens', 'total', to_jsonb(k.token_limit), 80, 'key', k.updated_at
    FROM carpool_keys k WHERE k.status <> 'deleted' AND k.token_limit IS NOT NULL
), numbered AS (
  SELECT *, round((amount #>> '{}')::numeric * CASE unit WHEN 'tokens' THEN 1 ELSE 1000000000 END) AS whole
    FROM field WHERE jsonb_typeof(amount) = 'number'
), rule AS (
  INSERT INTO carpool_quotas
    (id, group_id, "of", subject, service_id, unit, "window", "limit", alert_percent, origin, created_at, updated_at)
  SELECT 'quo_' || left(encode(sha256(convert_to(
           concat_ws('|', group_id, "of", coalesce(subject, ''), coalesce(service_id, ''), unit, "window"), 'UTF8')), 'hex'), 24),
         group_id, "of", subject, service_id, unit, "window", whole::bigint, alert_percent, origin, at, at
    FROM numbered WHERE whole BETWEEN 0 AND 9007199254740991
  ON CONFLICT DO NOTHING
  RETURNING *
)
INSERT INTO carpool_quota_changes (id, group_id, quota_id, at, actor_kind, actor_id, request_id, reason, origin, place, before, after)
SELECT 'qch_' || substr(id, 5), group_id, id, created_at, 'system', 'migration', '', 'kept until now, held from now on', origin,
       jsonb_build_object('of', "of", 'subject', subject, 'serviceId', service_id, 'unit', unit, 'window', "window"), NULL,
       jsonb_build_object('limit', "limit", 'mode', mode, 'whenDry', when_dry, 'maxOutputTokens', max_output_tokens,
                          'overdraft', overdraft, 'strict', strict, 'alertPercent', alert_percent)
  FROM rule;
--> statement-breakpoint
UPDATE carpool_groups
   SET global_quota_config = nullif(global_quota_config - '{total_token_limit_daily,total_token_limit_monthly,total_token_limit,per_user_token_limit_daily,per_user_token_limit_monthly,per_user_token_limit,max_keys_per_user}'::text[], '{}'),
       cost_limits = nullif(cost_limits - '{daily_limit,monthly_limit}'::text[], '{}')
 WHERE status <> 'closed' AND (global_quota_config IS NOT NULL OR cost_limits IS NOT NULL);
--> statement-breakpoint
UPDATE carpool_group_services
   SET quota_config = nullif(quota_config - '{daily_token_limit,monthly_token_limit,token_limit}'::text[], '{}')
 WHERE quota_config IS NOT NULL AND group_id IN (SELECT id FROM carpool_groups WHERE status <> 'closed');
