-- What proves that entries were stored: their place in the chain. For whoever knows their ids, and those only; a writer
-- cannot read chain_entry itself.
CREATE OR REPLACE FUNCTION auditproof.receipt(ids uuid[])
RETURNS TABLE (log_id uuid, chain_id uuid, seq bigint, recorded_at timestamptz, content_hash bytea, entry_hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.log_id, e.chain_id, e.seq, e.recorded_at, e.content_hash, e.entry_hash
    FROM (SELECT DISTINCT l.id, coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') AS chain_id
          FROM public.audit_logs AS l
          WHERE l.id = ANY (ids)) AS l
    JOIN auditproof.chain_entry AS e ON e.chain_id = l.chain_id AND e.log_id = l.id
$$;

REVOKE ALL ON FUNCTION auditproof.receipt(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auditproof.receipt(uuid[]) TO auditproof_writer;
