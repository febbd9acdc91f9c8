-- Settings of a group that nodes are not told are part of its history all the same. They are noted in a scope that no node serves.
CREATE FUNCTION carpool_note_settings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE no_config text[] := '{manager_id,status,is_demo,created_at,updated_at}';
BEGIN
  IF (to_jsonb(OLD) - no_config) IS DISTINCT FROM (to_jsonb(NEW) - no_config) THEN
    PERFORM cfg_note('settings', 'settings', coalesce(to_jsonb(NEW)->>'group_id', to_jsonb(NEW)->>'id'), 'u');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER carpool_note_settings AFTER UPDATE ON carpool_groups
  FOR EACH ROW EXECUTE FUNCTION carpool_note_settings();
--> statement-breakpoint
CREATE TRIGGER carpool_note_settings AFTER UPDATE ON carpool_group_services
  FOR EACH ROW EXECUTE FUNCTION carpool_note_settings();
--> statement-breakpoint
-- When people are told of a budget is config, too; nodes read past it.
CREATE OR REPLACE FUNCTION carpool_note_quota() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE untold text[] := '{created_at,updated_at}';
BEGIN
  IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.group_id <> NEW.group_id)
    AND EXISTS (SELECT 1 FROM carpool_groups WHERE id = OLD.group_id) THEN
    PERFORM cfg_note(OLD.group_id, 'quota', OLD.id, 'd');
  END IF;
  IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR (to_jsonb(OLD) - untold) IS DISTINCT FROM (to_jsonb(NEW) - untold)) THEN
    PERFORM cfg_note(NEW.group_id, 'quota', NEW.id, 'u');
  END IF;
  RETURN NULL;
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
  PERFORM pg_notify('cfg', next_version::text);
  RETURN NULL;
END $$;
