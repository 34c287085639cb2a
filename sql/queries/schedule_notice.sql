-- Claim a trouble to tell of. Parameters: $1 moments as text[], $2 grace and $3 lease in seconds, $4 when this call started, in
-- microseconds since 1970. Columns: report, scheduled_for in microseconds, moment, about, attempt, the notice as JSON, and of
-- that organization, type, scheduled_for as text. No row where there is none
SELECT c.report_id, (extract(epoch FROM c.scheduled_for) * 1000000)::pg_catalog.int8, c.moment, c.about, c.attempt,
       c.notice::pg_catalog.text, c.notice ->> 'organization_id', c.notice ->> 'report_type', c.notice ->> 'scheduled_for'
FROM auditproof.notice_claim($1::pg_catalog.text[], $2::pg_catalog.int8 * interval '1 second',
                             $3::pg_catalog.int8 * interval '1 second',
                             'epoch'::pg_catalog.timestamptz + $4::pg_catalog.int8 * interval '1 microsecond') AS c
