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
