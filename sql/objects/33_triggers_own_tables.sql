-- auditproof's own records are only ever appended to. Row 0 of auditproof.migration says which version is installed,
-- and moves with it.
DO $do$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['chain', 'chain_entry', 'erasure', 'purge', 'purge_range', 'migration'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
                        WHERE t.tgrelid = pg_catalog.to_regclass('auditproof.' || tab)
                          AND t.tgname = 'auditproof_guard') THEN
            EXECUTE pg_catalog.format('CREATE TRIGGER auditproof_guard BEFORE DELETE OR UPDATE ON auditproof.%I '
                                      'FOR EACH ROW %s EXECUTE FUNCTION auditproof.refuse_change()', tab,
                                      CASE tab WHEN 'migration' THEN 'WHEN (OLD.number <> 0)' ELSE '' END);
        END IF;
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
                        WHERE t.tgrelid = pg_catalog.to_regclass('auditproof.' || tab)
                          AND t.tgname = 'auditproof_truncate') THEN
            EXECUTE pg_catalog.format('CREATE TRIGGER auditproof_truncate BEFORE TRUNCATE ON auditproof.%I '
                                      'FOR EACH STATEMENT EXECUTE FUNCTION auditproof.refuse_change()', tab);
        END IF;
        IF EXISTS (SELECT FROM pg_catalog.pg_trigger t
                    WHERE t.tgrelid = pg_catalog.to_regclass('auditproof.' || tab)
                      AND t.tgname IN ('auditproof_guard', 'auditproof_truncate') AND t.tgenabled <> 'A') THEN
            EXECUTE pg_catalog.format('ALTER TABLE auditproof.%I ENABLE ALWAYS TRIGGER auditproof_guard, '
                                      'ENABLE ALWAYS TRIGGER auditproof_truncate', tab);
        END IF;
    END LOOP;
END
$do$;
