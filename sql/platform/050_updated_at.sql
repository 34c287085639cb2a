-- updated_at follows every UPDATE of the four tables that are edited.
DO $do$
DECLARE
    t text;
BEGIN
    IF pg_catalog.to_regprocedure('public.update_updated_at_column()') IS NULL THEN
        CREATE FUNCTION public.update_updated_at_column() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $body$
        BEGIN
            NEW.updated_at := now();
            RETURN NEW;
        END
        $body$;
    END IF;
    FOREACH t IN ARRAY ARRAY['scheduled_reports', 'invoices', 'usage_tracking', 'message_templates'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_trigger g
                               WHERE g.tgrelid = pg_catalog.to_regclass('public.' || t)
                                 AND g.tgname = 'update_' || t || '_updated_at');
        EXECUTE pg_catalog.format('CREATE TRIGGER %I BEFORE UPDATE ON public.%I FOR EACH ROW '
                                  'EXECUTE FUNCTION public.update_updated_at_column()',
                                  'update_' || t || '_updated_at', t);
    END LOOP;
END
$do$;
