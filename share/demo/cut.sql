-- A craftier insider: cuts off the newest 100 entries of a tenant, rows and chain, so that what is left agrees with itself.
\set QUIET on
SET client_min_messages = warning;
\set tenant '''00000001-0003-4000-8000-000000000000'''
ALTER TABLE public.audit_logs DISABLE TRIGGER ALL;
ALTER TABLE auditproof.chain_entry DISABLE TRIGGER ALL;
WITH newest AS (
    DELETE FROM auditproof.chain_entry
    WHERE chain_id = :tenant
      AND seq > (SELECT max(seq) - 100 FROM auditproof.chain_entry WHERE chain_id = :tenant)
    RETURNING log_id
)
DELETE FROM public.audit_logs WHERE id IN (SELECT log_id FROM newest);
ALTER TABLE public.audit_logs ENABLE TRIGGER ALL;
SELECT format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', tgrelid::regclass, tgname)
FROM pg_trigger WHERE tgrelid IN ('public.audit_logs'::regclass, 'auditproof.chain_entry'::regclass)
                  AND tgname LIKE 'auditproof%'
\gexec
