-- After the foreign key to organizations has deleted a tenant's entries: records which seqs left the table (the chain
-- keeps their hashes), and writes one entry into the system chain that tells of it and authorises it. What is recorded
-- already was purged by a plan.
CREATE OR REPLACE FUNCTION auditproof.record_purge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
BEGIN
    WITH places AS MATERIALIZED (
        SELECT coalesce(b.organization_id, '00000000-0000-0000-0000-000000000000') AS chain_id, c.seq
          FROM before b
          LEFT JOIN auditproof.chain_entry c
            ON c.chain_id = coalesce(b.organization_id, '00000000-0000-0000-0000-000000000000') AND c.log_id = b.id
         WHERE (SELECT r.to_seq FROM auditproof.purge_range r WHERE r.chain_id = c.chain_id AND r.from_seq <= c.seq
                 ORDER BY r.from_seq DESC LIMIT 1) >= c.seq IS NOT TRUE
    ), touched AS MATERIALIZED (
        SELECT p.chain_id, count(*) AS entries, gen_random_uuid() AS purge_id, gen_random_uuid() AS log_id
          FROM places p
         GROUP BY p.chain_id
    ), told AS (
        INSERT INTO public.audit_logs (id, actor_role, action, resource_type, resource_id, risk_level, metadata)
        SELECT t.log_id, coalesce(nullif(current_setting('role', true), 'none'), session_user::text),
               'audit.entries_purged', 'organizations', t.chain_id, 'high',
               jsonb_build_object('entries', t.entries, 'purge_id', t.purge_id, 'reason', 'organization deleted')
          FROM touched t
         ORDER BY t.chain_id
    ), purged AS (
        INSERT INTO auditproof.purge (chain_id, purge_id, purged_at, reason, entries, authorised_by)
        SELECT t.chain_id, t.purge_id, clock_timestamp(), 'organization deleted', t.entries, t.log_id
          FROM touched t
    ), forgotten AS (
        UPDATE auditproof.risk_finding f SET groups = NULL
          FROM touched t WHERE f.chain_id = t.chain_id AND f.groups IS NOT NULL
    ), closed AS (
        UPDATE auditproof.classification p SET state = NULL
          FROM touched t WHERE p.chain_id = t.chain_id
    )
    INSERT INTO auditproof.purge_range (chain_id, purge_id, from_seq, to_seq, purged_at)
    SELECT g.chain_id, t.purge_id, min(g.seq), max(g.seq), clock_timestamp()
      FROM (SELECT p.chain_id, p.seq, p.seq - row_number() OVER (PARTITION BY p.chain_id ORDER BY p.seq) AS island
              FROM places p
             WHERE p.seq IS NOT NULL) AS g
      JOIN touched t ON t.chain_id = g.chain_id
     GROUP BY g.chain_id, t.purge_id, g.island;
    RETURN NULL;
END
$body$;
