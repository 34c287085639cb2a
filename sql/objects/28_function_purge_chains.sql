-- Chains, or tenants, that may have something to purge from a table.
CREATE OR REPLACE FUNCTION auditproof.purge_chains(tab text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
BEGIN
    IF tab = 'audit_logs' THEN
        RETURN QUERY SELECT c.chain_id FROM auditproof.chain c;
    ELSIF tab = 'performance_analytics' THEN
        IF row_security_active('public.performance_analytics') THEN
            RAISE EXCEPTION 'row level security hides rows of performance_analytics from %', current_user
                USING ERRCODE = 'insufficient_privilege',
                      HINT = 'Let auditproof_owner pass by it: ALTER ROLE auditproof_owner BYPASSRLS.';
        END IF;
        RETURN QUERY SELECT DISTINCT auditproof.chain_of(p.organization_id) FROM public.performance_analytics p;
    ELSE
        RAISE EXCEPTION 'nothing is purged from %', tab USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$body$;
