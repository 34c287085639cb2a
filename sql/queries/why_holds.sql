-- Legal holds in force on an entry.
-- Parameters: $1 chain, $2 log id. Columns: hold, matter, custodian, placed at, review.
SELECT h.hold_id, h.matter, h.custodian, pg_catalog.to_char(h.placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       h.review_on
FROM auditproof.legal_hold AS h
WHERE h.hold_id IN (SELECT auditproof.holds_on_id($1::pg_catalog.uuid, $2::pg_catalog.uuid))
ORDER BY h.placed_at, h.hold_id;
