-- SHA-256 of the entry text.
CREATE OR REPLACE FUNCTION auditproof.content_hash(entry public.audit_logs) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT sha256(convert_to(auditproof.entry_text(entry), 'UTF8'))
$body$;
