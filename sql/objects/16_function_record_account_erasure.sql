-- After the foreign key to auth.users has set actor_id to NULL: keeps the commitments that the entries had, so that they
-- still verify, and writes one entry a chain that tells of it and authorises it. That entry names neither the account
-- nor whoever asked, for people delete their own accounts.
CREATE OR REPLACE FUNCTION auditproof.record_account_erasure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
BEGIN
    WITH touched AS MATERIALIZED (
        SELECT b.organization_id, count(*) AS entries, gen_random_uuid() AS log_id,
               clock_timestamp() AS at
          FROM before b
         WHERE b.actor_id IS NOT NULL AND b.chain_salt IS NOT NULL
         GROUP BY b.organization_id
    ), told AS (
        INSERT INTO public.audit_logs (id, organization_id, actor_role, action, resource_type, risk_level, metadata)
        SELECT t.log_id, t.organization_id,
               coalesce(nullif(current_setting('role', true), 'none'), session_user::text),
               'audit.account_erased', 'auth.users', 'medium',
               jsonb_build_object('entries', t.entries, 'group', 'account', 'reason', 'account deleted')
          FROM touched t
         ORDER BY t.organization_id
    ), forgotten AS (
        -- what correlations were grouped by, where that is the account; what is still open may name it as well
        UPDATE auditproof.risk_finding f SET groups = NULL
          FROM (SELECT DISTINCT b.organization_id, b.actor_id FROM before b WHERE b.actor_id IS NOT NULL) AS a
         WHERE f.chain_id = auditproof.chain_of(a.organization_id) AND f.groups IS NOT NULL
           AND strpos(f.groups::text, a.actor_id::text) > 0
    )
    INSERT INTO auditproof.erasure (chain_id, log_id, "group", commitment, erased_at, reason, authorised_by)
    SELECT auditproof.chain_of(b.organization_id), b.id, 'account',
           auditproof.commitment(substr(b.chain_salt, 1, 16), json_build_array(b.actor_id)),
           t.at, 'account deleted', t.log_id
      FROM before b
      JOIN touched t ON t.organization_id IS NOT DISTINCT FROM b.organization_id
     WHERE b.actor_id IS NOT NULL AND b.chain_salt IS NOT NULL;
    RETURN NULL;
END
$body$;
