-- Rows that every settlement rewrites keep room for their next version on the same page.
ALTER TABLE fleet_books SET (fillfactor = 70);
--> statement-breakpoint
ALTER TABLE fleet_windows SET (fillfactor = 70);
--> statement-breakpoint
ALTER TABLE fleet_slices SET (fillfactor = 70);
--> statement-breakpoint
ALTER TABLE fleet_hourly_totals SET (fillfactor = 70);
--> statement-breakpoint
ALTER TABLE fleet_settled_counts SET (fillfactor = 70);
--> statement-breakpoint
ALTER TABLE fleet_shares SET (fillfactor = 70);
--> statement-breakpoint
INSERT INTO fleet_escrow (one) VALUES (true) ON CONFLICT DO NOTHING;
--> statement-breakpoint
-- The day or month in a time zone that holds an instant. A midnight that comes twice belongs to the day before it; a day
-- that a zone left out is in no window. So windows touch: the end of one is the start of the next.
CREATE FUNCTION fleet_period(period text, zone text, at timestamptz, OUT starts timestamptz, OUT ends timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT first, next
    FROM generate_series(-1, 1) AS away,
         LATERAL (SELECT date_trunc(period, at AT TIME ZONE zone) + away * ('1 ' || period)::interval AS begins) AS near,
         LATERAL (SELECT begins AT TIME ZONE zone AS first, (begins + ('1 ' || period)::interval) AT TIME ZONE zone AS next) AS bounds
   WHERE first <= at AND at < next
   LIMIT 1
$$;
--> statement-breakpoint
-- The sum of two histograms: pairs of bucket and count, sorted by bucket.
CREATE FUNCTION fleet_add_histograms(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN a = '[]' THEN b WHEN b = '[]' THEN a ELSE (
    SELECT jsonb_agg(jsonb_build_array(bucket, n) ORDER BY bucket)
      FROM (SELECT (pair ->> 0)::int AS bucket, sum((pair ->> 1)::bigint) AS n
              FROM (SELECT jsonb_array_elements(a) AS pair UNION ALL SELECT jsonb_array_elements(b)) AS pairs
             GROUP BY 1) AS sums) END
$$;
