-- A proxy is told to every group that uses it, in the scope of that group.
CREATE FUNCTION carpool_note_proxy() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE untold text[] := '{name,description,password,provider,provider_plan,country,country_code,city,region,anonymity_level,health_check,last_check_at,cost_per_month_nano_usd,created_at,updated_at}';
BEGIN
  IF (to_jsonb(OLD) - untold) IS DISTINCT FROM (to_jsonb(NEW) - untold) THEN
    PERFORM cfg_note(group_id, 'proxy', NEW.id, 'u') FROM carpool_group_proxies WHERE proxy_id = NEW.id ORDER BY group_id;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER carpool_note AFTER UPDATE ON carpool_proxies
  FOR EACH ROW EXECUTE FUNCTION carpool_note_proxy();
--> statement-breakpoint
CREATE FUNCTION carpool_note_group_proxy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM carpool_groups WHERE id = OLD.group_id) THEN
      PERFORM cfg_note(OLD.group_id, 'proxy', OLD.proxy_id, 'd');
    END IF;
  ELSIF TG_OP = 'INSERT' OR OLD.password IS DISTINCT FROM NEW.password THEN
    PERFORM cfg_note(NEW.group_id, 'proxy', NEW.proxy_id, 'u');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER carpool_note AFTER INSERT OR UPDATE OR DELETE ON carpool_group_proxies
  FOR EACH ROW EXECUTE FUNCTION carpool_note_group_proxy();
