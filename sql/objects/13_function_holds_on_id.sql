-- Holds in force that cover an entry of a chain, by its log id: for those who may not read the entry itself.
CREATE OR REPLACE FUNCTION auditproof.holds_on_id(chain uuid, log_id uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
SELECT auditproof.holds_on(l)
  FROM public.audit_logs l
 WHERE l.id = holds_on_id.log_id AND auditproof.chain_of(l.organization_id) = chain
$body$;
