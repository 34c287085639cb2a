-- auditproof.adopt_announce(finished, max) → how many entries it wrote: audit.adoption_started for planned adoptions, or
-- audit.adoption_finished for those under way, one a chain, at most max a call. They are ordinary entries and are
-- chained like any other. Their ids are of a hash of their salts, which no application can choose: none can write an
-- entry that would be taken for one of these. The chain of an organization that is gone cannot be written to: the system chain tells of it.
CREATE OR REPLACE FUNCTION auditproof.adopt_announce(finished boolean, most integer)
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    system_chain constant uuid := '00000000-0000-0000-0000-000000000000';
    adoption record;
    written integer := 0;
    salt bytea;
    new_id uuid;
    details jsonb;
BEGIN
    FOR adoption IN
        SELECT a.* FROM auditproof.adoption a
        WHERE a.finished_log_id IS NULL AND (a.started_log_id IS NULL) <> finished
        ORDER BY a.chain_id
        LIMIT most
        FOR UPDATE
    LOOP
        salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
        new_id := encode(substr(sha256('auditproof/adoption'::bytea || salt), 1, 16), 'hex')::uuid;
        details := jsonb_build_object(
            'source', 'auditproof', 'chain_id', adoption.chain_id, 'adoption', adoption.number, 'login', session_user,
            'rows', adoption.row_count, 'created_from', adoption.created_from, 'created_to', adoption.created_to);
        IF finished THEN
            details := details || jsonb_build_object(
                'started_log_id', adoption.started_log_id, 'adopted', adoption.adopted_count,
                'ranges', (SELECT coalesce(jsonb_agg(jsonb_build_array(r.first_seq, r.last_seq) ORDER BY r.first_seq), '[]')
                           FROM (SELECT * FROM auditproof.adoption_range r
                                 WHERE r.chain_id = adoption.chain_id AND r.number = adoption.number
                                 ORDER BY r.first_seq LIMIT 1000) r),
                'range_count', (SELECT count(*) FROM auditproof.adoption_range r
                                WHERE r.chain_id = adoption.chain_id AND r.number = adoption.number));
        ELSE
            details := details || jsonb_build_object('statement',
                'The entries adopted from here on were in audit_logs before it was chained. That they are what was once'
                ' written is claimed by the platform; the chain proves only that they did not change since.');
        END IF;
        INSERT INTO public.audit_logs (id, organization_id, actor_role, action, resource_type, risk_level, metadata,
                                       chain_salt)
        VALUES (new_id,
                CASE WHEN adoption.chain_id <> system_chain AND auditproof.organization_exists(adoption.chain_id) IS NOT FALSE
                     THEN adoption.chain_id END,
                session_user, CASE WHEN finished THEN 'audit.adoption_finished' ELSE 'audit.adoption_started' END,
                'audit_logs', 'medium', details, salt);
        IF finished THEN
            UPDATE auditproof.adoption a SET finished_log_id = new_id, finished_at = clock_timestamp()
            WHERE a.chain_id = adoption.chain_id AND a.number = adoption.number;
        ELSE
            UPDATE auditproof.adoption a SET started_log_id = new_id, started_at = clock_timestamp()
            WHERE a.chain_id = adoption.chain_id AND a.number = adoption.number;
        END IF;
        written := written + 1;
    END LOOP;
    RETURN written;
END
$body$;
