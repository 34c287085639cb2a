-- The COPY statement that reads chain entries in order; equal sequence numbers come in the order of their storage.
-- Parameters: $1 chain id or NULL for all. Result: the statement.
SELECT pg_catalog.format(
    'COPY (SELECT e.chain_id, e.seq, e.log_id, e.recorded_at, e.content_hash, e.entry_hash'
    ' FROM ONLY auditproof.chain_entry AS e%s ORDER BY e.chain_id, e.seq, e.ctid) TO STDOUT (FORMAT binary)',
    CASE WHEN $1::pg_catalog.uuid IS NULL THEN ''
         ELSE pg_catalog.format(' WHERE e.chain_id = %L::pg_catalog.uuid', $1::pg_catalog.uuid) END);
