-- Groups of an entry that were erased.
-- Parameters: $1 chain, $2 log id. Columns: group, erased at, reason, the entry that tells of it.
SELECT a."group", pg_catalog.to_char(a.erased_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), a.reason, a.authorised_by
FROM auditproof.erasure AS a
WHERE a.chain_id = $1::pg_catalog.uuid AND a.log_id = $2::pg_catalog.uuid
ORDER BY a."group";
