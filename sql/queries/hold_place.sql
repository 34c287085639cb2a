-- Place a legal hold.
-- Parameters: $1 chain, or NULL for every tenant; $2 account, $3 e-mail address, $4 resource type, $5 resource, $6 action
-- pattern, $7 from, $8 until, each of which may be NULL; $9 matter, $10 custodian, $11 reason, $12 day of review.
-- Result: its id.
SELECT auditproof.hold_place($1::pg_catalog.uuid, $2::pg_catalog.uuid, $3, $4, $5::pg_catalog.uuid, $6,
                             $7::pg_catalog.timestamptz, $8::pg_catalog.timestamptz, $9, $10, $11,
                             ($12::pg_catalog.timestamptz AT TIME ZONE 'UTC')::pg_catalog.date);
