-- Nodes are told of a quota like of any other part of a group.
CREATE FUNCTION carpool_note_quota() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE untold text[] := '{alert_percent,origin,created_at,updated_at}';
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
CREATE TRIGGER carpool_note AFTER INSERT OR UPDATE OR DELETE ON carpool_quotas
  FOR EACH ROW EXECUTE FUNCTION carpool_note_quota();
