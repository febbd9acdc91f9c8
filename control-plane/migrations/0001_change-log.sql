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
--> statement-breakpoint
-- Every config change of carpool, whoever makes it, is noted for the nodes. Scope: the group, or 'global' for services.
-- A row is noted only when something that nodes are told changed (the columns that `facts.ts` reads).

CREATE FUNCTION carpool_note_service() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM cfg_note('global', 'service', OLD.id, 'd');
  ELSIF TG_OP = 'INSERT'
    OR (OLD.display_name, OLD.status, OLD.base_url, OLD.dialects, OLD.credential_headers, OLD.default_headers, OLD.on_client_gone, OLD.model_patterns)
      IS DISTINCT FROM
       (NEW.display_name, NEW.status, NEW.base_url, NEW.dialects, NEW.credential_headers, NEW.default_headers, NEW.on_client_gone, NEW.model_patterns)
  THEN
    PERFORM cfg_note('global', 'service', NEW.id, 'u');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER carpool_note AFTER INSERT OR UPDATE OR DELETE ON carpool_services
  FOR EACH ROW EXECUTE FUNCTION carpool_note_service();

-- A model belongs to the body of its service; when the service goes too, its own 'd' is the newer note.
CREATE FUNCTION carpool_note_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM carpool_services WHERE id = OLD.service_id)
    AND (TG_OP = 'DELETE' OR OLD.service_id <> NEW.service_id) THEN
    PERFORM cfg_note('global', 'service', OLD.service_id, 'u');
  END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE'
    AND (OLD.service_id, OLD.model, OLD.display_name, OLD.context_length, OLD.max_output_tokens, OLD.price, OLD.price_version)
      IS DISTINCT FROM
        (NEW.service_id, NEW.model, NEW.display_name, NEW.context_length, NEW.max_output_tokens, NEW.price, NEW.price_version))
  THEN
    PERFORM cfg_note('global', 'service', NEW.service_id, 'u');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER carpool_note AFTER INSERT OR UPDATE OR DELETE ON carpool_models
  FOR EACH ROW EXECUTE FUNCTION carpool_note_model();

-- The placement of a group is fleet's to follow: it is noted in a scope of its own.
CREATE FUNCTION carpool_note_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM cfg_note(OLD.id, 'group', OLD.id, 'd');
    PERFORM cfg_note('placement', 'placement', OLD.id, 'd');
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT'
    OR (OLD.name, OLD.status, OLD.time_zone, OLD.failover_enabled, OLD.config_valid_s)
      IS DISTINCT FROM (NEW.name, NEW.status, NEW.time_zone, NEW.failover_enabled, NEW.config_valid_s) THEN
    PERFORM cfg_note(NEW.id, 'group', NEW.id, 'u');
  END IF;
  IF TG_OP = 'INSERT'
    OR (OLD.status, OLD.deployment_mode, OLD.deployment_node_ids)
      IS DISTINCT FROM (NEW.status, NEW.deployment_mode, NEW.deployment_node_ids) THEN
    PERFORM cfg_note('placement', 'placement', NEW.id, 'u');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER carpool_note AFTER INSERT OR UPDATE OR DELETE ON carpool_groups
  FOR EACH ROW EXECUTE FUNCTION carpool_note_group();

CREATE FUNCTION carpool_note_group_service() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.group_id <> NEW.group_id)
    AND EXISTS (SELECT 1 FROM carpool_groups WHERE id = OLD.group_id) THEN
    PERFORM cfg_note(OLD.group_id, 'group', OLD.group_id, 'u');
  END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE'
    AND (OLD.group_id, OLD.service_id, OLD.enabled, OLD.priority, OLD.weight, OLD.model_whitelist, OLD.model_blacklist)
      IS DISTINCT FROM
        (NEW.group_id, NEW.service_id, NEW.enabled, NEW.priority, NEW.weight, NEW.model_whitelist, NEW.model_blacklist))
  THEN
    PERFORM cfg_note(NEW.group_id, 'group', NEW.group_id, 'u');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER carpool_note AFTER INSERT OR UPDATE OR DELETE ON carpool_group_services
  FOR EACH ROW EXECUTE FUNCTION carpool_note_group_service();

-- Rows with status 'deleted' are kept for the books only: nodes are told that they are gone.
CREATE FUNCTION carpool_note_upstream() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.status <> 'deleted'
    AND (TG_OP = 'DELETE' OR NEW.status = 'deleted' OR OLD.group_id <> NEW.group_id) THEN
    PERFORM cfg_note(OLD.group_id, 'upstream', OLD.id, 'd');
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.status <> 'deleted' AND (TG_OP = 'INSERT'
    OR (OLD.group_id, OLD.service_id, OLD.name, OLD.auth_type, OLD.credential, OLD.base_url, OLD.priority, OLD.weight, OLD.status)
      IS DISTINCT FROM
       (NEW.group_id, NEW.service_id, NEW.name, NEW.auth_type, NEW.credential, NEW.base_url, NEW.priority, NEW.weight, NEW.status))
  THEN
    PERFORM cfg_note(NEW.group_id, 'upstream', NEW.id, 'u');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER carpool_note AFTER INSERT OR UPDATE OR DELETE ON carpool_upstreams
  FOR EACH ROW EXECUTE FUNCTION carpool_note_upstream();

CREATE FUNCTION carpool_note_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.status <> 'deleted'
    AND (TG_OP = 'DELETE' OR NEW.status = 'deleted' OR OLD.group_id <> NEW.group_id) THEN
    PERFORM cfg_note(OLD.group_id, 'key', OLD.id, 'd');
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.status <> 'deleted' AND (TG_OP = 'INSERT'
    OR (OLD.group_id, OLD.hash, OLD.user_id, OLD.status, OLD.token_limit, OLD.rate_limit_requests, OLD.rate_limit_window_s,
        OLD.restricts_models, OLD.restricted_models, OLD.expires_at, OLD.ip_allowlist)
      IS DISTINCT FROM
       (NEW.group_id, NEW.hash, NEW.user_id, NEW.status, NEW.token_limit, NEW.rate_limit_requests, NEW.rate_limit_window_s,
        NEW.restricts_models, NEW.restricted_models, NEW.expires_at, NEW.ip_allowlist))
  THEN
    PERFORM cfg_note(NEW.group_id, 'key', NEW.id, 'u');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER carpool_note AFTER INSERT OR UPDATE OR DELETE ON carpool_keys
  FOR EACH ROW EXECUTE FUNCTION carpool_note_key();
--> statement-breakpoint
-- Which node may serve which group follows from the node's role, groups and retirement too: those changes get a version
-- like any other, so that every replica computes placement anew and the nodes concerned are poked.
CREATE FUNCTION fleet_nodes_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM cfg_note('placement', 'node', OLD.id, 'd');
  ELSIF TG_OP = 'INSERT'
     OR (OLD.role, OLD.only_groups, OLD.retired_at) IS DISTINCT FROM (NEW.role, NEW.only_groups, NEW.retired_at) THEN
    PERFORM cfg_note('placement', 'node', NEW.id, CASE WHEN NEW.retired_at IS NULL THEN 'u' ELSE 'd' END::"char");
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER fleet_nodes_note AFTER INSERT OR DELETE OR UPDATE OF role, only_groups, retired_at ON fleet_nodes
  FOR EACH ROW EXECUTE FUNCTION fleet_nodes_note();

-- Questions live for seconds and are worth nothing after a crash, so they skip the write-ahead log.
ALTER TABLE fleet_answers SET UNLOGGED;
ALTER TABLE fleet_questions SET UNLOGGED;
