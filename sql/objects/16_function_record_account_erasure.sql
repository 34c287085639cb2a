-- After the foreign key to auth.users has set actor_id to NULL: keeps the commitments that the entries had, so that they
-- still verify, and writes one entry a chain that tells of it and authorises it. That entry names neither the account
-- nor whoever asked, for people delete their own accounts. Its id is of a hash of its salt, as in auditproof.tell_retention.
-- What auditproof.erase_batch erases it has recorded itself, before.
CREATE OR REPLACE FUNCTION auditproof.record_account_erasure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
BEGIN
    WITH lost AS MATERIALIZED (
        SELECT b.organization_id, b.id,
               auditproof.commitment(substr(b.chain_salt, 1, 16), json_build_array(b.actor_id)) AS commitment
          FROM before b
         WHERE b.actor_id IS NOT NULL AND b.chain_salt IS NOT NULL
           AND NOT EXISTS (SELECT FROM auditproof.erasure e
                            WHERE e.chain_id = coalesce(b.organization_id, '00000000-0000-0000-0000-000000000000')
                              AND e.log_id = b.id
                              AND (e."group" = 'account'
                                   OR EXISTS (SELECT FROM public.audit_logs l
                                               WHERE l.id = b.id AND l.actor_id IS NOT NULL
                                                 AND l.organization_id IS NOT DISTINCT FROM b.organization_id)))
    ), touched AS MATERIALIZED (
        SELECT l.organization_id, count(*) AS entries, clock_timestamp() AS at,
               uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) AS salt,
               sha256(string_agg(uuid_send(l.id) || auditproof.group_number('account') || l.commitment, ''
                                 ORDER BY l.id)) AS digest
          FROM lost l
         GROUP BY l.organization_id
    ), authority AS MATERIALIZED (
        SELECT t.*, encode(substr(sha256('auditproof/retention'::bytea || t.salt), 1, 16), 'hex')::uuid AS log_id
          FROM touched t
    ), told AS (
        INSERT INTO public.audit_logs (id, organization_id, actor_role, action, resource_type, risk_level, metadata, chain_salt)
        SELECT t.log_id, t.organization_id,
               coalesce(nullif(current_setting('role', true), 'none'), session_user::text),
               'audit.account_erased', 'auth.users', 'medium',
               jsonb_build_object('entries', t.entries, 'group', 'account', 'reason', 'account deleted',
                                  'digest', encode(t.digest, 'hex')), t.salt
          FROM authority t
         ORDER BY t.organization_id
    ), forgotten AS (
        -- what correlations were grouped by, where that is the account; what is still open may name it as well
        UPDATE auditproof.risk_finding f SET groups = NULL
          FROM (SELECT DISTINCT b.organization_id, b.actor_id FROM before b WHERE b.actor_id IS NOT NULL) AS a
         WHERE f.chain_id = auditproof.chain_of(a.organization_id) AND f.groups IS NOT NULL
           AND strpos(f.groups::text, a.actor_id::text) > 0
    )
    INSERT INTO auditproof.erasure (chain_id, log_id, "group", commitment, erased_at, reason, authorised_by)
    SELECT auditproof.chain_of(l.organization_id), l.id, 'account', l.commitment, t.at, 'account deleted', t.log_id
      FROM lost l
      JOIN authority t ON t.organization_id IS NOT DISTINCT FROM l.organization_id;
    RETURN NULL;
END
$body$;
