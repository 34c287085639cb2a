-- Keeps the certificate of a purge, and ends it. The entry that tells of it has an id of the plan and the purge, by which it is
-- found should the certificate be gone.
CREATE OR REPLACE FUNCTION auditproof.purge_certify(plan bytea, note bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    begun auditproof.purge_execution;
    says CONSTANT json := split_part(convert_from(note, 'UTF8'), E'\n', 2)::json;
    tab text;
    destroyed bigint;
    new_id uuid;
BEGIN
    SELECT x.* INTO begun FROM auditproof.purge_execution x WHERE x.digest = plan FOR UPDATE;
    SELECT p.text::json ->> 'table' INTO tab FROM auditproof.purge_plan p WHERE p.digest = plan;
    SELECT coalesce(sum(d.n), 0) INTO destroyed
      FROM (SELECT r.to_seq - r.from_seq + 1 AS n FROM auditproof.purge_range r WHERE r.purge_id = begun.purge_id
            UNION ALL SELECT c.rows FROM auditproof.purge_count c WHERE c.digest = plan) AS d;
    IF begun.digest IS NULL OR says ->> 'plan' IS DISTINCT FROM encode(plan, 'hex')
       OR says ->> 'purge_id' IS DISTINCT FROM begun.purge_id::text
       OR (says ->> 'destroyed')::bigint IS DISTINCT FROM destroyed OR says ->> 'key' IS DISTINCT FROM begun.key THEN
        RAISE EXCEPTION 'that is not the certificate of what was done' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    new_id := auditproof.purge_entry_id(plan, begun.purge_id);
    INSERT INTO public.audit_logs (id, actor_role, action, resource_type, risk_level, metadata)
    VALUES (new_id, session_user, 'audit.purge_certified', tab, 'high',
            jsonb_build_object('source', 'auditproof', 'login', session_user, 'plan', encode(plan, 'hex'),
                               'purge_id', begun.purge_id, 'entries', destroyed,
                               'certificate', encode(sha256(note), 'hex')));
    INSERT INTO auditproof.purge_certificate (digest, note, certified_at, authorised_by)
    VALUES (plan, note, clock_timestamp(), new_id);
END
$body$;
