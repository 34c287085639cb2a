-- Schedule a report. Parameters: $1 organization, $2 type, $3 id or e-mail of who does, $4 name, or NULL, $5 format,
-- $6 schedule as JSON, $7 first and $8 last of its days, counted from 1970-01-01, $9 when it is due, in microseconds since
-- 1970, $10 addresses as a JSON array.
-- Columns: id, who scheduled it, an address that is of no active profile of the organization, or NULL
SELECT a.id, a.created_by, a.strangers[1]
FROM auditproof.report_add($1::pg_catalog.uuid, $2::pg_catalog.text, $3::pg_catalog.text, $4::pg_catalog.text,
                           $5::pg_catalog.text, $6::pg_catalog.jsonb, date '1970-01-01' + $7::pg_catalog.int4,
                           date '1970-01-01' + $8::pg_catalog.int4,
                           'epoch'::pg_catalog.timestamptz + $9::pg_catalog.int8 * interval '1 microsecond',
                           ARRAY(SELECT pg_catalog.jsonb_array_elements_text($10::pg_catalog.jsonb))) AS a
