-- The application turns on its own records. Each statement is expected to fail.
\set VERBOSITY terse
SET ROLE service_role;
UPDATE public.audit_logs SET risk_level = 'low' WHERE risk_level = 'critical';
DELETE FROM public.audit_logs;
TRUNCATE public.audit_logs;
SELECT count(*) FROM auditproof.chain_entry;
