-- The window that holds `at` when the one before it ended at `after` (null: there was none). Usually the day or month that
-- holds `at`. After the time zone of a group changed, the old window ended inside it: then the new one begins at that end, so
-- that no instant is in two windows or in none, and ends with its day or month, or the next one if less than half is left.
CREATE FUNCTION fleet_window_at(period text, zone text, at timestamptz, after timestamptz, OUT starts timestamptz, OUT ends timestamptz)
LANGUAGE plpgsql STABLE AS $$
DECLARE here record; next_end timestamptz;
BEGIN
  IF period = 'total' THEN RETURN; END IF;
  SELECT * INTO here FROM fleet_period(period, zone, at);
  starts := greatest(here.starts, after);
  ends := here.ends;
  IF ends - starts < (here.ends - here.starts) / 2 THEN
    SELECT following.ends INTO next_end FROM fleet_period(period, zone, here.ends) AS following;
    ends := next_end;
  END IF;
END $$;
