-- The insider: a superuser who switches every trigger off, changes three entries of one tenant, and puts all back.
-- Result: for each, what is done and the id of the entry.
\set QUIET on
SET client_min_messages = warning;
SELECT e.log_id AS altered FROM auditproof.chain_entry AS e JOIN public.audit_logs AS l ON l.id = e.log_id
WHERE l.action = 'BULK_DELETE' AND e.chain_id = '00000001-0002-4000-8000-000000000000' ORDER BY e.seq LIMIT 1 \gset
SELECT e.log_id AS removed FROM auditproof.chain_entry AS e JOIN public.audit_logs AS l ON l.id = e.log_id
WHERE l.action = 'DATA_EXPORT' AND e.chain_id = '00000001-0002-4000-8000-000000000000' ORDER BY e.seq LIMIT 1 \gset
SELECT gen_random_uuid() AS slipped_in \gset
ALTER TABLE public.audit_logs DISABLE TRIGGER ALL;
UPDATE public.audit_logs SET risk_level = 'low' WHERE id = :'altered';
DELETE FROM public.audit_logs WHERE id = :'removed';
INSERT INTO public.audit_logs (id, organization_id, actor_role, action, resource_type, risk_level)
VALUES (:'slipped_in', '00000001-0002-4000-8000-000000000000', 'owner', 'DATA_EXPORT_APPROVED', 'export', 'low');
ALTER TABLE public.audit_logs ENABLE TRIGGER ALL;
SELECT format('ALTER TABLE public.audit_logs ENABLE ALWAYS TRIGGER %I', tgname)
FROM pg_trigger WHERE tgrelid = 'public.audit_logs'::regclass AND tgname LIKE 'auditproof%'
\gexec
\echo altered :altered
\echo missing :removed
\echo unchained :slipped_in
