-- Place a legal hold on what the subject of this session did, where it has one.
-- Parameters: $1 chain, or NULL for every tenant; $2 is the subject an account, and not an e-mail address; $3 resource type,
-- $4 resource, $5 action pattern, $6 from, $7 until, each of which may be NULL; $8 matter, $9 custodian, $10 reason, $11 day of
-- review.
-- Result: its id.
SELECT auditproof.hold_place($1::pg_catalog.uuid, CASE WHEN $2::pg_catalog.bool THEN a.word::pg_catalog.uuid END,
                             CASE WHEN NOT $2::pg_catalog.bool THEN a.word END, $3, $4::pg_catalog.uuid, $5,
                             $6::pg_catalog.timestamptz, $7::pg_catalog.timestamptz, $8, $9, $10,
                             ($11::pg_catalog.timestamptz AT TIME ZONE 'UTC')::pg_catalog.date)
FROM (SELECT (SELECT s.word FROM pg_temp.auditproof_subject AS s) AS word) AS a;
