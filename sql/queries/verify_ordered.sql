-- The COPY statement that reads chain entries in order; equal sequence numbers come in the order of their storage.
-- Parameters: $1 chain id or NULL for all; $2, $3 first and last seq or NULL. Result: the statement.
SELECT pg_catalog.format(
    'COPY (SELECT e.chain_id, e.seq, e.log_id, e.recorded_at, e.content_hash, e.entry_hash'
    ' FROM ONLY auditproof.chain_entry AS e WHERE true%s%s%s ORDER BY e.chain_id, e.seq, e.ctid) TO STDOUT (FORMAT binary)',
    CASE WHEN $1::pg_catalog.uuid IS NULL THEN ''
         ELSE pg_catalog.format(' AND e.chain_id = %L::pg_catalog.uuid', $1::pg_catalog.uuid) END,
    -- One entry before the first asked for: the link of the first is checked against it.
    CASE WHEN $2::pg_catalog.int8 IS NULL THEN ''
         ELSE pg_catalog.format(' AND e.seq >= %L::pg_catalog.int8', $2::pg_catalog.int8 - 1) END,
    CASE WHEN $3::pg_catalog.int8 IS NULL THEN ''
         ELSE pg_catalog.format(' AND e.seq <= %L::pg_catalog.int8', $3::pg_catalog.int8) END);
