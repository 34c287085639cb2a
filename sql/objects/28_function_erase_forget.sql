-- Forgets, in what auditproof keeps beside entries, what stood in groups that are being erased: what correlations were grouped
-- by; what they have open, which can be anything and is dropped whole; whom and which resource released holds were about.
CREATE OR REPLACE FUNCTION auditproof.erase_forget(chain uuid, log_ids uuid[], words text[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE auditproof.risk_finding f SET groups = NULL
     WHERE f.chain_id = chain AND f.groups IS NOT NULL
       AND (f.log_id = ANY (log_ids)
            OR EXISTS (SELECT FROM jsonb_path_query(f.groups::jsonb, 'strict $.**') AS v (value)
                        WHERE lower(v.value #>> '{}') = ANY (words)));
    UPDATE auditproof.classification p SET state = NULL WHERE p.chain_id = chain AND p.state IS NOT NULL;
    UPDATE auditproof.legal_hold h
       SET actor_ids = NULL, actor_email = NULL, resource_id = NULL, subject_salt = E'\\x00000000000000000000000000000000'
     WHERE (h.actor_email = ANY (words) OR h.actor_ids::text[] && words OR h.resource_id::text = ANY (words))
       AND NOT auditproof.hold_in_force(h.hold_id);
END
$body$;
