-- DDL on the audit trail is refused or leaves a chained entry. Only a superuser may create event triggers (some hosted
-- platforms let their own administrator): elsewhere `auditmigrate check` lists them as not enforced.
DO $do$
DECLARE
    e record;
BEGIN
    FOR e IN
        SELECT x.name, x.event, x.func, t.evtenabled
          FROM (VALUES ('auditproof_columns', 'ddl_command_end', 'auditproof.on_new_column'),
                       ('auditproof_ddl', 'ddl_command_end', 'auditproof.on_ddl'),
                       ('auditproof_drop', 'sql_drop', 'auditproof.on_drop'),
                       ('auditproof_rewrite', 'table_rewrite', 'auditproof.on_rewrite'),
                       ('auditproof_schema', 'sql_drop', 'public.auditproof_refuse_drop')) AS x (name, event, func)
          LEFT JOIN pg_catalog.pg_event_trigger t ON t.evtname = x.name
         WHERE t.evtenabled IS DISTINCT FROM 'A'
    LOOP
        IF e.evtenabled IS NULL THEN
            EXECUTE pg_catalog.format('CREATE EVENT TRIGGER %I ON %s EXECUTE FUNCTION %s()',
                                      e.name, e.event, e.func);
        END IF;
        EXECUTE pg_catalog.format('ALTER EVENT TRIGGER %I ENABLE ALWAYS', e.name);
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'event triggers are not created: % is not a superuser', current_user;
END
$do$;
