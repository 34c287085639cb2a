-- What a run is at. Parameters: $1 report, $2 its time in microseconds since 1970.
-- Columns: state, attempt; no row where there is no such run
SELECT u.state, u.attempt FROM auditproof.report_run AS u
WHERE u.report_id = $1::pg_catalog.uuid
  AND u.scheduled_for = 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * interval '1 microsecond'
