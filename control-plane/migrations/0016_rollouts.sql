-- The part of a resource that waits for its ring. Withdrawals, states, limits and the rest never wait.
CREATE FUNCTION fleet_risky(kind text, state jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE kind
    WHEN 'group' THEN jsonb_build_array(state->'services', state->'routing', state->'failover_enabled',
                                        state->'failover_conditions', state->'egress')
    WHEN 'service' THEN state - 'status'
  END
$$;
--> statement-breakpoint
-- Where nodes are in outer rings, a risky change begins at ring 0. One that goes back to what the outer rings have ends there.
CREATE FUNCTION fleet_begin_rollouts(next_version bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO fleet_rollouts (scope, kind, id, base_version, version)
    SELECT h.scope, h.kind, h.id, old.version, next_version
      FROM cfg_history h
     CROSS JOIN LATERAL (SELECT o.version, o.state FROM cfg_history o
                          WHERE (o.scope, o.kind, o.id) = (h.scope, h.kind, h.id) AND o.version < next_version
                          ORDER BY o.version DESC LIMIT 1) old
     WHERE EXISTS (SELECT 1 FROM fleet_nodes WHERE ring > 0 AND retired_at IS NULL)
       AND h.version = next_version AND h.kind IN ('group', 'service') AND h.state IS NOT NULL AND old.state IS NOT NULL
       AND fleet_risky(h.kind, h.state) IS DISTINCT FROM fleet_risky(h.kind, old.state)
  ON CONFLICT (scope, kind, id) DO UPDATE
     SET version = excluded.version, ring = 0, healthy_since = NULL, started_at = now();
  DELETE FROM fleet_rollouts r USING cfg_history h
   WHERE h.version = next_version AND (h.scope, h.kind, h.id) = (r.scope, r.kind, r.id)
     AND (h.state IS NULL OR fleet_risky(h.kind, h.state) IS NOT DISTINCT FROM (
           SELECT fleet_risky(o.kind, o.state) FROM cfg_history o
            WHERE (o.scope, o.kind, o.id, o.version) = (r.scope, r.kind, r.id, r.base_version)));
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION cfg_assign() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE next_version bigint;
BEGIN
  IF (SELECT version FROM cfg_log WHERE n = NEW.n) IS NOT NULL THEN RETURN NULL; END IF;
  UPDATE cfg_head SET v = v + 1 RETURNING v INTO next_version;
  UPDATE cfg_log SET version = next_version WHERE xid = pg_current_xact_id() AND version IS NULL;
  INSERT INTO cfg_history (scope, kind, id, version, state)
    SELECT scope, kind, id, next_version, cfg_state(scope, kind, id)
      FROM (SELECT DISTINCT CASE kind WHEN 'settings' THEN id ELSE scope END AS scope,
                   CASE kind WHEN 'settings' THEN 'group' ELSE kind END AS kind, id
              FROM cfg_log
             WHERE version = next_version AND kind IN ('group', 'settings', 'upstream', 'quota', 'service')) changed
    ON CONFLICT DO NOTHING;
  PERFORM fleet_begin_rollouts(next_version);
  PERFORM pg_notify('cfg', next_version::text);
  RETURN NULL;
END $$;
