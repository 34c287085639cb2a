-- Where there is nothing to adopt, an entry without a salt is refused from the beginning.
DO $do$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = 'public.audit_logs'::pg_catalog.regclass AND a.attname = 'chain_salt'
                  AND NOT a.attnotnull)
       AND NOT EXISTS (SELECT FROM public.audit_logs) THEN
        ALTER TABLE public.audit_logs ALTER COLUMN chain_salt SET NOT NULL;
    END IF;
END
$do$;
