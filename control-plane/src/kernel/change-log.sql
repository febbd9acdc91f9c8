-- The order of config changes (versions contiguous, in commit order). The row lock on cfg_head is taken at commit and
-- held until the transaction is visible, so whoever sees version N also sees every version before it.
INSERT INTO cfg_head (one, v) VALUES (true, 0) ON CONFLICT DO NOTHING;

CREATE FUNCTION cfg_assign() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE next_version bigint;
BEGIN
  IF (SELECT version FROM cfg_log WHERE n = NEW.n) IS NOT NULL THEN RETURN NULL; END IF;
  UPDATE cfg_head SET v = v + 1 RETURNING v INTO next_version;
  UPDATE cfg_log SET version = next_version WHERE xid = pg_current_xact_id() AND version IS NULL;
  PERFORM pg_notify('cfg', next_version::text);
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER cfg_assign AFTER INSERT ON cfg_log DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION cfg_assign();

-- For the triggers of config tables. op: 'u' written, 'd' gone from this scope.
CREATE FUNCTION cfg_note(scope text, kind text, id text, op text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO cfg_log (scope, kind, id, op) VALUES ($1, $2, $3, $4);
$$;
