-- auditproof's own records are only ever appended to. Row 0 of auditproof.migration says which version is installed,
-- and moves with it; the records of an adoption, of a classification and
-- of a report's run, its mail, and of telling of it, move with these.
DO $do$
DECLARE
    tab text;
    guard text;
BEGIN
    FOR tab, guard IN VALUES
        ('chain', 'refuse_change'), ('chain_entry', 'refuse_change'), ('erasure', 'refuse_change'),
        ('purge', 'refuse_change'), ('purge_range', 'refuse_change'), ('migration', 'refuse_change'),
        ('purge_plan', 'guard_step'), ('purge_plan_range', 'refuse_change'), ('purge_approval', 'guard_step'),
        ('purge_execution', 'guard_step'), ('purge_count', 'refuse_change'), ('purge_certificate', 'refuse_change'),
        ('purge_verified', 'refuse_change'),
        ('erasure_decision', 'refuse_change'), ('erasure_item', 'refuse_change'), ('bundle', 'refuse_change'),
        ('adoption', 'guard_adoption'), ('adoption_range', 'guard_adoption_range'),
        ('tile', 'guard_tile'), ('seal', 'guard_seal'), ('checkpoint', 'guard_seal'),
        ('attestation', 'guard_seal'), ('log_key', 'guard_seal'), ('epoch', 'guard_seal'), ('seal_repair', 'refuse_change'),
        ('retention_policy', 'guard_policy'), ('legal_hold', 'guard_hold'), ('legal_hold_release', 'guard_release'),
        ('retention_gate', 'guard_gate'),
        ('report_run', 'guard_run'), ('report_mail', 'guard_mail'), ('report_notice', 'guard_notice'),
        ('ruleset', 'refuse_change'), ('risk_finding', 'guard_finding'), ('classification', 'guard_classification')
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
                        WHERE t.tgrelid = pg_catalog.to_regclass('auditproof.' || tab)
                          AND t.tgname = 'auditproof_guard') THEN
            EXECUTE pg_catalog.format('CREATE TRIGGER auditproof_guard BEFORE %sDELETE OR UPDATE ON auditproof.%I '
                                      'FOR EACH ROW %s EXECUTE FUNCTION auditproof.%I()',
                                      CASE guard WHEN 'refuse_change' THEN '' ELSE 'INSERT OR ' END, tab,
                                      CASE tab WHEN 'migration' THEN 'WHEN (OLD.number <> 0)' ELSE '' END, guard);
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
