-- Within auditproof: the owner writes, the others read, the application sees nothing. Privileges that somebody else gave
-- out are taken back where they would let the application in, or anyone write.
DO $do$
DECLARE
    item record;
BEGIN
    FOR item IN
        WITH app (oid) AS (
            SELECT 0::oid
            UNION ALL
            SELECT r.oid FROM pg_catalog.pg_roles r
             WHERE r.rolname IN ('anon', 'authenticated', 'authenticator', 'service_role')
        ), granted (object, owner, grantee, privilege) AS (
            SELECT 'SCHEMA auditproof', n.nspowner, a.grantee, a.privilege_type
              FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
             WHERE n.nspname = 'auditproof'
            UNION ALL
            SELECT pg_catalog.format('auditproof.%I', c.relname), c.relowner, a.grantee, a.privilege_type
              FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
             WHERE c.relnamespace = 'auditproof'::pg_catalog.regnamespace AND c.relkind IN ('r', 'p', 'v')
            UNION ALL
            SELECT 'ROUTINE ' || p.oid::pg_catalog.regprocedure, p.proowner, a.grantee, a.privilege_type
              FROM pg_catalog.pg_proc p,
                   pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
             WHERE p.pronamespace = 'auditproof'::pg_catalog.regnamespace
        )
        SELECT DISTINCT g.object, CASE g.grantee WHEN 0 THEN 'PUBLIC'
                                  ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END AS grantee
          FROM granted g
         WHERE g.grantee <> g.owner
           AND (g.grantee IN (SELECT a.oid FROM app a) OR g.privilege NOT IN ('USAGE', 'SELECT', 'EXECUTE'))
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s CASCADE', item.object, item.grantee);
    END LOOP;
    GRANT USAGE ON SCHEMA auditproof
        TO auditproof_writer, auditproof_auditor, auditproof_sealer, auditproof_retainer, auditproof_approver,
           auditproof_classifier, auditproof_exporter, auditproof_scheduler;
    FOR item IN
        SELECT c.relname FROM pg_catalog.pg_class c
         WHERE c.relnamespace = 'auditproof'::pg_catalog.regnamespace AND c.relkind IN ('r', 'p', 'v')
    LOOP
        EXECUTE pg_catalog.format('GRANT SELECT ON auditproof.%I TO auditproof_auditor, auditproof_sealer, '
                                  'auditproof_retainer, auditproof_approver, auditproof_classifier', item.relname);
    END LOOP;
    GRANT SELECT ON auditproof.chain, auditproof.chain_entry, auditproof.migration TO auditproof_writer;
    GRANT EXECUTE ON FUNCTION auditproof.chain_of(uuid), auditproof.time_us(timestamptz),
        auditproof.commitment(bytea, json), auditproof.content_fields(public.audit_logs),
        auditproof.entry_text(public.audit_logs),
        auditproof.content_hash(public.audit_logs), auditproof.entry_hash(uuid, bigint, timestamptz, bytea, bytea),
        auditproof.retention_until(timestamptz, timestamptz, integer), auditproof.keep_years(uuid),
        auditproof.hold_in_force(uuid), auditproof.holds_on(public.audit_logs), auditproof.holds_of(uuid),
        auditproof.organization_exists(uuid), auditproof.purge_entry_id(bytea, uuid), auditproof.lasting_entries(),
        auditproof.holds_on_id(uuid, uuid), auditproof.rows_due(uuid, integer),
        auditproof.policy_digest(auditproof.retention_policy), auditproof.hold_digest(auditproof.legal_hold),
        auditproof.release_digest(auditproof.legal_hold_release), auditproof.erasure_digest(uuid[], text[], bytea[]),
        auditproof.decision_digest(auditproof.erasure_decision), auditproof.bundle_digest(auditproof.bundle)
        TO auditproof_auditor, auditproof_sealer, auditproof_retainer, auditproof_approver;
    GRANT EXECUTE ON FUNCTION auditproof.query_record(uuid, text, jsonb) TO auditproof_auditor;
    GRANT EXECUTE ON FUNCTION auditproof.policy_set(uuid, text, text, integer, text, integer, text, text, text),
        auditproof.hold_place(uuid, uuid, text, text, uuid, text, timestamptz, timestamptz, text, text, text, date),
        auditproof.hold_release(uuid, text),
        auditproof.erase_decide(uuid, text, text, text, date, uuid[], text[]),
        auditproof.erase_batch(uuid, uuid, uuid, integer)
        TO auditproof_retainer;
    GRANT EXECUTE ON FUNCTION auditproof.hold_release(uuid, text) TO auditproof_approver;
    GRANT EXECUTE ON FUNCTION auditproof.purge_request(uuid, text, interval, interval),
        auditproof.purge_begin(bytea, text, jsonb, timestamptz),
        auditproof.purge_batch(bytea, uuid, bigint, integer, timestamptz),
        auditproof.purge_batch_rows(bytea, uuid, integer, timestamptz),
        auditproof.purge_verify(bytea, regclass), auditproof.purge_partition(bytea, regclass, timestamptz),
        auditproof.purge_partition_rows(bytea, regclass, timestamptz), auditproof.purge_outcome(bytea, json),
        auditproof.purge_certify(bytea, bytea)
        TO auditproof_retainer;
    GRANT EXECUTE ON FUNCTION auditproof.bundle_register(uuid, text, bytea, bytea, bigint, timestamptz, timestamptz, timestamptz,
                                                         int8multirange, bigint, text[], bytea, text)
        TO auditproof_exporter;
    GRANT SELECT ON auditproof.report_run, auditproof.report_mail, auditproof.report_notice, auditproof.migration
        TO auditproof_scheduler;
    GRANT EXECUTE ON FUNCTION auditproof.report_types(), auditproof.report_digests()
        TO auditproof_auditor, auditproof_scheduler, auditproof_owner;
    GRANT EXECUTE ON FUNCTION auditproof.report_trouble(interval), auditproof.run_superseded(auditproof.report_run),
        auditproof.time_text(timestamptz)
        TO auditproof_auditor, auditproof_scheduler;
    GRANT EXECUTE ON FUNCTION
        auditproof.notice_claim(text[], interval, interval, timestamptz),
        auditproof.notice_end(uuid, timestamptz, text, text, integer, text),
        auditproof.run_plan(uuid, timestamptz[], timestamptz[], timestamptz[], boolean),
        auditproof.run_claim(text, interval, integer), auditproof.run_renew(uuid, timestamptz, integer, interval),
        auditproof.run_finish(uuid, timestamptz, integer, text, interval, text, bytea, bigint, text, bytea),
        auditproof.run_again(uuid), auditproof.run_cancel(uuid), auditproof.run_release(uuid, timestamptz, integer),
        auditproof.mail_claim(text, interval, integer, interval, boolean, text),
        auditproof.mail_settle(uuid, timestamptz, text, integer, text, text, interval), auditproof.mail_again(uuid),
        auditproof.mail_forget(interval),
        auditproof.report_organization(uuid),
        auditproof.report_add(uuid, text, text, text, text, jsonb, date, date, timestamptz, text[])
        TO auditproof_scheduler;
    GRANT EXECUTE ON FUNCTION auditproof.purge_approve(bytea) TO auditproof_approver;
    GRANT EXECUTE ON FUNCTION auditproof.classify_ruleset(bytea, bytea, integer),
        auditproof.classify_claim(uuid, bytea, text), auditproof.classify_close(uuid, bytea, interval),
        auditproof.classify_record(uuid, bytea, bigint, bigint, bigint, bytea, json, bigint, interval)
        TO auditproof_classifier;
    GRANT EXECUTE ON FUNCTION auditproof.seal_begin(), auditproof.seal_tiles(json), auditproof.seal_record(json, timestamptz),
        auditproof.seal_checkpoint(bigint, text, bytea, bytea, timestamptz),
        auditproof.seal_attest(bigint, text, text, bytea),
        auditproof.seal_key(integer, text, bigint, bytea, timestamptz),
        auditproof.seal_epoch(integer, bigint, text, bytea, timestamptz)
        TO auditproof_sealer;
    GRANT EXECUTE ON FUNCTION auditproof.partition_list(regclass), auditproof.partition_strays(text),
        auditproof.partition_missing(text, integer)
        TO auditproof_auditor, auditproof_sealer, auditproof_retainer, auditproof_approver;
    GRANT EXECUTE ON FUNCTION auditproof.partition_make(text, timestamptz) TO auditproof_retainer;
    GRANT EXECUTE ON FUNCTION auditproof.partition_drop(regclass, bigint, numeric) TO auditproof_owner;
END
$do$;
