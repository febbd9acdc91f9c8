-- What a part of the config is now, without its secrets and without what is not config. The shapes of
-- `carpool/versions/state.ts`; null: it is not there.
CREATE FUNCTION cfg_state(scope text, kind text, id text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT CASE $2
    WHEN 'group' THEN (
      SELECT to_jsonb(g) - '{id,manager_id,status,is_demo,created_at,updated_at}'::text[]
             || jsonb_build_object('services', coalesce((
                  SELECT jsonb_agg(to_jsonb(s) - 'group_id' ORDER BY s.priority, s.service_id)
                    FROM carpool_group_services s WHERE s.group_id = g.id), '[]'::jsonb))
        FROM carpool_groups g WHERE g.id = $3)
    WHEN 'upstream' THEN (
      SELECT to_jsonb(u) - '{group_id,credential,credential_hint,expires_at,created_by,created_at,updated_at}'::text[]
        FROM carpool_upstreams u WHERE u.id = $3 AND u.group_id = $1 AND u.status <> 'deleted')
    WHEN 'quota' THEN (
      SELECT to_jsonb(q) - '{group_id,created_at,updated_at}'::text[]
        FROM carpool_quotas q WHERE q.id = $3 AND q.group_id = $1)
    WHEN 'service' THEN (
      SELECT to_jsonb(s) - '{oauth,oauth_client_secret,created_at,updated_at}'::text[]
             || jsonb_build_object('models', coalesce((
                  SELECT jsonb_agg(to_jsonb(m) - '{service_id,updated_at}'::text[] ORDER BY m.model)
                    FROM carpool_models m WHERE m.service_id = s.id), '[]'::jsonb))
        FROM carpool_services s WHERE s.id = $3)
  END
$$;
--> statement-breakpoint
-- The same version, its notes and now its states: one commit, one place in the order.
CREATE OR REPLACE FUNCTION cfg_assign() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE next_version bigint;
BEGIN
  IF (SELECT version FROM cfg_log WHERE n = NEW.n) IS NOT NULL THEN RETURN NULL; END IF;
  UPDATE cfg_head SET v = v + 1 RETURNING v INTO next_version;
  UPDATE cfg_log SET version = next_version WHERE xid = pg_current_xact_id() AND version IS NULL;
  INSERT INTO cfg_history (scope, kind, id, version, state)
    SELECT scope, kind, id, next_version, cfg_state(scope, kind, id)
      FROM (SELECT DISTINCT scope, kind, id FROM cfg_log
             WHERE version = next_version AND kind IN ('group', 'upstream', 'quota', 'service')) changed
    ON CONFLICT DO NOTHING;
  PERFORM pg_notify('cfg', next_version::text);
  RETURN NULL;
END $$;
--> statement-breakpoint
-- What is there already begins its history here.
INSERT INTO cfg_history (scope, kind, id, version, state)
  SELECT scope, kind, id, (SELECT v FROM cfg_head), cfg_state(scope, kind, id)
    FROM (SELECT g.id AS scope, 'group' AS kind, g.id AS id FROM carpool_groups g
          UNION ALL SELECT u.group_id, 'upstream', u.id FROM carpool_upstreams u WHERE u.status <> 'deleted'
          UNION ALL SELECT q.group_id, 'quota', q.id FROM carpool_quotas q
          UNION ALL SELECT 'global', 'service', s.id FROM carpool_services s) existing;
