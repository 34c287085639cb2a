-- Beside the keys: which range covers a seq, and those of a purge; an entry's findings, findings of a level, and those that can hold personal data; and what an anchor
-- answered for last. One that is there and invalid is made again.
DO $do$
DECLARE
    broken text;
BEGIN
    FOR broken IN
        SELECT c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
         WHERE (i.indrelid = 'auditproof.risk_finding'::pg_catalog.regclass AND c.relname LIKE 'risk\_finding\_%'
                OR i.indrelid = 'auditproof.purge_range'::pg_catalog.regclass AND c.relname LIKE 'purge\_range\_%'
                OR i.indrelid = 'auditproof.attestation'::pg_catalog.regclass AND c.relname = 'attestation_anchor')
           AND NOT (i.indisprimary OR i.indisvalid AND i.indisready AND i.indislive)
    LOOP
        EXECUTE pg_catalog.format('DROP INDEX auditproof.%I', broken);
    END LOOP;
END
$do$;
CREATE INDEX IF NOT EXISTS risk_finding_entry ON auditproof.risk_finding (chain_id, log_id);
CREATE INDEX IF NOT EXISTS risk_finding_level ON auditproof.risk_finding (chain_id, level, seq);
CREATE INDEX IF NOT EXISTS risk_finding_groups ON auditproof.risk_finding (chain_id) WHERE groups IS NOT NULL;
CREATE INDEX IF NOT EXISTS attestation_anchor ON auditproof.attestation (kind, name, checkpoint_size);
CREATE INDEX IF NOT EXISTS purge_range_seq ON auditproof.purge_range (chain_id, from_seq);
CREATE INDEX IF NOT EXISTS purge_range_purge ON auditproof.purge_range (purge_id);
CREATE INDEX IF NOT EXISTS report_run_due ON auditproof.report_run (due_at, report_id, scheduled_for)
    WHERE state IN ('pending', 'running');
CREATE INDEX IF NOT EXISTS report_run_latest ON auditproof.report_run (scheduled_for, report_id)
    WHERE state IN ('pending', 'running');
CREATE INDEX IF NOT EXISTS report_mail_due ON auditproof.report_mail (due_at) WHERE state IN ('pending', 'sending');
CREATE INDEX IF NOT EXISTS report_mail_ended ON auditproof.report_mail (ended_at) WHERE state IN ('sent', 'failed');
CREATE INDEX IF NOT EXISTS report_run_failed ON auditproof.report_run (report_id, scheduled_for) WHERE state = 'failed';
