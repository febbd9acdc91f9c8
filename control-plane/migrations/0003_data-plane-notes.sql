-- Nodes are told more of each row than before. What is compared is the whole row but the columns that nodes are not told,
-- so a column that a later version adds is noted until it is named here.
CREATE OR REPLACE FUNCTION carpool_note_service() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE untold text[] := '{description,supports_tools,supports_vision,oauth,oauth_client_secret,created_at,updated_at}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM cfg_note('global', 'service', OLD.id, 'd');
  ELSIF TG_OP = 'INSERT' OR (to_jsonb(OLD) - untold) IS DISTINCT FROM (to_jsonb(NEW) - untold) THEN
    PERFORM cfg_note('global', 'service', NEW.id, 'u');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION carpool_note_model() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE untold text[] := '{price_origin,updated_at}';
BEGIN
  IF TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM carpool_services WHERE id = OLD.service_id)
    AND (TG_OP = 'DELETE' OR OLD.service_id <> NEW.service_id) THEN
    PERFORM cfg_note('global', 'service', OLD.service_id, 'u');
  END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND (to_jsonb(OLD) - untold) IS DISTINCT FROM (to_jsonb(NEW) - untold)) THEN
    PERFORM cfg_note('global', 'service', NEW.service_id, 'u');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION carpool_note_group() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE untold text[] := '{description,manager_id,max_members,max_keys_per_user,deployment_mode,deployment_node_ids,global_quota_config,cost_limits,is_demo,created_at,updated_at}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM cfg_note(OLD.id, 'group', OLD.id, 'd');
    PERFORM cfg_note('placement', 'placement', OLD.id, 'd');
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' OR (to_jsonb(OLD) - untold) IS DISTINCT FROM (to_jsonb(NEW) - untold) THEN
    PERFORM cfg_note(NEW.id, 'group', NEW.id, 'u');
  END IF;
  IF TG_OP = 'INSERT'
    OR (OLD.status, OLD.deployment_mode, OLD.deployment_node_ids)
      IS DISTINCT FROM (NEW.status, NEW.deployment_mode, NEW.deployment_node_ids) THEN
    PERFORM cfg_note('placement', 'placement', NEW.id, 'u');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION carpool_note_group_service() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE untold text[] := '{quota_config}';
BEGIN
  IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.group_id <> NEW.group_id)
    AND EXISTS (SELECT 1 FROM carpool_groups WHERE id = OLD.group_id) THEN
    PERFORM cfg_note(OLD.group_id, 'group', OLD.group_id, 'u');
  END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND (to_jsonb(OLD) - untold) IS DISTINCT FROM (to_jsonb(NEW) - untold)) THEN
    PERFORM cfg_note(NEW.group_id, 'group', NEW.group_id, 'u');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION carpool_note_upstream() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE untold text[] := '{credential_hint,created_by,created_at,updated_at}';
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.status <> 'deleted'
    AND (TG_OP = 'DELETE' OR NEW.status = 'deleted' OR OLD.group_id <> NEW.group_id) THEN
    PERFORM cfg_note(OLD.group_id, 'upstream', OLD.id, 'd');
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.status <> 'deleted'
    AND (TG_OP = 'INSERT' OR (to_jsonb(OLD) - untold) IS DISTINCT FROM (to_jsonb(NEW) - untold)) THEN
    PERFORM cfg_note(NEW.group_id, 'upstream', NEW.id, 'u');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION carpool_note_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE untold text[] := '{hint,name,description,created_at,updated_at}';
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.status <> 'deleted'
    AND (TG_OP = 'DELETE' OR NEW.status = 'deleted' OR OLD.group_id <> NEW.group_id) THEN
    PERFORM cfg_note(OLD.group_id, 'key', OLD.id, 'd');
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.status <> 'deleted'
    AND (TG_OP = 'INSERT' OR (to_jsonb(OLD) - untold) IS DISTINCT FROM (to_jsonb(NEW) - untold)) THEN
    PERFORM cfg_note(NEW.group_id, 'key', NEW.id, 'u');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- Whoever leaves a group, or is suspended in it, takes his own accounts along: no node may use them any more.
CREATE FUNCTION carpool_rest_own_upstreams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.status = 'active' AND NEW.status <> 'active') THEN
    UPDATE carpool_upstreams SET status = 'disabled', updated_at = now()
     WHERE group_id = OLD.group_id AND owner_id = OLD.user_id AND status = 'active'
       AND EXISTS (SELECT 1 FROM carpool_groups WHERE id = OLD.group_id);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER carpool_rest_own_upstreams AFTER UPDATE OF status OR DELETE ON carpool_memberships
  FOR EACH ROW EXECUTE FUNCTION carpool_rest_own_upstreams();
--> statement-breakpoint
-- A GET that costs nothing and needs the credential. Services that are not built in have none.
UPDATE carpool_services SET models_path = '/v1/models' WHERE id IN ('claude', 'openai');
--> statement-breakpoint
UPDATE carpool_services SET models_path = '/v1beta/models' WHERE id = 'gemini';
--> statement-breakpoint
-- Probes live for seconds, like questions.
ALTER TABLE fleet_probes SET UNLOGGED;
