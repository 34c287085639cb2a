-- Narrows what is found to these times.
-- Parameters: $1 times in microseconds since 1970.
  AND l.created_at = ANY (SELECT 'epoch'::pg_catalog.timestamptz + t.us * '1 microsecond'::pg_catalog.interval
                          FROM pg_catalog.unnest($1::pg_catalog.int8[]) AS t (us))
