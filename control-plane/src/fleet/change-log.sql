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
