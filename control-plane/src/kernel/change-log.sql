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

-- Names this history of versions. Another cluster, another timeline (a failover) or another database (a restored copy)
-- is another epoch. Where a provider forbids the questions, the database alone names it.
CREATE FUNCTION cfg_epoch() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE here text;
BEGIN
  SELECT oid::text INTO here FROM pg_database WHERE datname = current_database();
  RETURN (SELECT system_identifier::text FROM pg_control_system())
         || '-' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '-' || here;
EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported OR object_not_in_prerequisite_state THEN
  RETURN 'database-' || here;
END $$;
