DROP FUNCTION fleet_add_histograms;
--> statement-breakpoint
-- Adds up equal buckets of a histogram that is written as bucket, count, bucket, count…
CREATE FUNCTION fleet_add_durations(pairs integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(array_agg(part ORDER BY bucket, at), '{}')
    FROM (SELECT pairs[at] AS bucket, sum(pairs[at + 1])::int AS n FROM generate_series(1, cardinality(pairs), 2) AS at GROUP BY 1) AS sums,
         LATERAL (VALUES (1, bucket), (2, n)) AS parts (at, part)
$$;
