-- What the migrations gave auditproof's tables, put back where it is gone: keys and their indexes, checks, NOT NULL and
-- defaults. Where the rows forbid it, that is said and the rest goes on: `auditverify` names the rows.
DO $do$
DECLARE
    want record;
    broken text;
BEGIN
    -- A foreign key comes after the key that it refers to, and in a second pass where it went with that.
    FOR pass IN 1 .. 2 LOOP
        FOR want IN
            SELECT c.oid, v.tab, v.name, v.definition
              FROM (VALUES ('migration', 'migration_pkey', 'PRIMARY KEY (number)'),
                           ('chain', 'chain_pkey', 'PRIMARY KEY (chain_id)'),
                           ('chain_entry', 'chain_entry_pkey', 'PRIMARY KEY (chain_id, seq)'),
                           ('chain_entry', 'chain_entry_chain_id_log_id_key', 'UNIQUE (chain_id, log_id)'),
                           ('erasure', 'erasure_pkey', 'PRIMARY KEY (chain_id, log_id, "group")'),
                           ('erasure', 'erasure_group_check',
                            'CHECK (("group" = ANY (ARRAY[''account''::text, ''actor''::text, ''content''::text])))'),
                           ('erasure', 'erasure_commitment_check', 'CHECK ((octet_length(commitment) = 32))'),
                           ('erasure_decision', 'erasure_decision_pkey', 'PRIMARY KEY (chain_id, decision_id)'),
                           ('erasure_decision', 'erasure_decision_outcome_check',
                            'CHECK ((outcome = ANY (ARRAY[''erased''::text, ''kept''::text])))'),
                           ('erasure_decision', 'erasure_decision_items_check', 'CHECK ((octet_length(items) = 32))'),
                           ('erasure_decision', 'erasure_decision_review_check',
                            'CHECK (((outcome = ''kept''::text) = (review_on IS NOT NULL)))'),
                           ('erasure_item', 'erasure_item_pkey', 'PRIMARY KEY (chain_id, decision_id, log_id, "group")'),
                           ('erasure_item', 'erasure_item_group_check',
                            'CHECK (("group" = ANY (ARRAY[''account''::text, ''actor''::text, ''content''::text])))'),
                           ('erasure_item', 'erasure_item_chain_id_decision_id_fkey',
                            'FOREIGN KEY (chain_id, decision_id) REFERENCES auditproof.erasure_decision(chain_id, decision_id)'),
                           ('bundle', 'bundle_pkey', 'PRIMARY KEY (chain_id, bundle_id)'),
                           ('bundle', 'bundle_sha256_check', 'CHECK ((octet_length(sha256) = 32))'),
                           ('bundle', 'bundle_tagmanifest_sha256_check', 'CHECK ((octet_length(tagmanifest_sha256) = 32))'),
                           ('bundle', 'bundle_groups_check',
                            'CHECK ((groups <@ ''{account,actor,content}''::text[]))'),
                           ('bundle', 'bundle_encrypted_to_check', 'CHECK ((octet_length(encrypted_to) = 32))'),
                           ('report_run', 'report_run_pkey', 'PRIMARY KEY (report_id, scheduled_for)'),
                           ('report_run', 'report_run_check', 'CHECK ((until_at >= from_at))'),
                           ('report_run', 'report_run_state_check',
                            'CHECK ((state = ANY (ARRAY[''pending''::text, ''running''::text, ''succeeded''::text, '
                            '''failed''::text, ''cancelled''::text, ''skipped''::text])))'),
                           ('report_run', 'report_run_attempt_check', 'CHECK ((attempt >= 0))'),
                           ('report_run', 'report_run_forgiven_check', 'CHECK ((forgiven >= 0))'),
                           ('report_run', 'report_run_sha256_check', 'CHECK ((octet_length(sha256) = 32))'),
                           ('report_run', 'report_run_bundle_sha256_check', 'CHECK ((octet_length(bundle_sha256) = 32))'),
                           ('report_mail', 'report_mail_pkey', 'PRIMARY KEY (report_id, scheduled_for, recipient)'),
                           ('report_mail', 'report_mail_state_check',
                            'CHECK ((state = ANY (ARRAY[''pending''::text, ''sending''::text, ''sent''::text, ''failed''::text])))'),
                           ('report_mail', 'report_mail_attempt_check', 'CHECK ((attempt >= 0))'),
                           ('report_mail', 'report_mail_forgiven_check', 'CHECK ((forgiven >= 0))'),
                           ('report_mail', 'report_mail_report_id_scheduled_for_fkey',
                            'FOREIGN KEY (report_id, scheduled_for) REFERENCES auditproof.report_run(report_id, scheduled_for)'),
                           ('report_notice', 'report_notice_pkey', 'PRIMARY KEY (report_id, scheduled_for, moment, about)'),
                           ('report_notice', 'report_notice_moment_check',
                            'CHECK ((moment = ANY (ARRAY[''failed''::text, ''late''::text, ''wrong''::text, '
                            '''mail''::text])))'),
                           ('report_notice', 'report_notice_attempt_check', 'CHECK ((attempt >= 1))'),
                           ('purge', 'purge_pkey', 'PRIMARY KEY (chain_id, purge_id)'),
                           ('purge', 'purge_entries_check', 'CHECK ((entries >= 0))'),
                           ('purge_range', 'purge_range_pkey', 'PRIMARY KEY (chain_id, purge_id, from_seq)'),
                           ('purge_range', 'purge_range_from_seq_check', 'CHECK ((from_seq >= 1))'),
                           ('purge_range', 'purge_range_check', 'CHECK ((to_seq >= from_seq))'),
                           ('purge_plan', 'purge_plan_pkey', 'PRIMARY KEY (digest)'),
                           ('purge_plan', 'purge_plan_check',
                            'CHECK ((digest = sha256(convert_to(text, ''UTF8''::name))))'),
                           ('purge_plan_range', 'purge_plan_range_pkey', 'PRIMARY KEY (digest, chain_id, from_seq)'),
                           ('purge_plan_range', 'purge_plan_range_from_seq_check', 'CHECK ((from_seq >= 1))'),
                           ('purge_plan_range', 'purge_plan_range_check', 'CHECK ((to_seq >= from_seq))'),
                           ('purge_approval', 'purge_approval_pkey', 'PRIMARY KEY (digest)'),
                           ('purge_execution', 'purge_execution_pkey', 'PRIMARY KEY (digest)'),
                           ('purge_execution', 'purge_execution_purge_id_key', 'UNIQUE (purge_id)'),
                           ('purge_count', 'purge_count_pkey', 'PRIMARY KEY (digest, chain_id, number)'),
                           ('purge_count', 'purge_count_number_check', 'CHECK ((number > 0))'),
                           ('purge_count', 'purge_count_rows_check', 'CHECK ((rows >= 0))'),
                           ('purge_certificate', 'purge_certificate_pkey', 'PRIMARY KEY (digest)'),
                           ('purge_verified', 'purge_verified_pkey', 'PRIMARY KEY (digest, partition_id, number)'),
                           ('purge_verified', 'purge_verified_number_check', 'CHECK ((number > 0))'),
                           ('purge_verified', 'purge_verified_rows_check', 'CHECK ((rows >= 0))'),
                           ('adoption', 'adoption_pkey', 'PRIMARY KEY (chain_id, number)'),
                           ('adoption_range', 'adoption_range_pkey', 'PRIMARY KEY (chain_id, first_seq)'),
                           ('adoption_range', 'adoption_range_check', 'CHECK ((first_seq <= last_seq))'),
                           ('adoption_range', 'adoption_range_chain_id_number_fkey',
                            'FOREIGN KEY (chain_id, number) REFERENCES auditproof.adoption(chain_id, number)'),
                           ('tile', 'tile_pkey', 'PRIMARY KEY (tree, level, index)'),
                           ('tile', 'tile_level_check', 'CHECK (((level >= 0) AND (level <= 7)))'),
                           ('tile', 'tile_index_check', 'CHECK ((index >= 0))'),
                           ('tile', 'tile_hashes_check',
                            'CHECK (((octet_length(hashes) >= 32) AND (octet_length(hashes) <= 8192) AND '
                            '((octet_length(hashes) % 32) = 0)))'),
                           ('seal', 'seal_pkey', 'PRIMARY KEY (log_index)'),
                           ('seal', 'seal_chain_id_size_key', 'UNIQUE (chain_id, size)'),
                           ('seal', 'seal_log_index_check', 'CHECK ((log_index >= 0))'),
                           ('seal', 'seal_size_check', 'CHECK ((size > 0))'),
                           ('seal', 'seal_root_check', 'CHECK ((octet_length(root) = 32))'),
                           ('seal', 'seal_entry_hash_check', 'CHECK ((octet_length(entry_hash) = 32))'),
                           ('checkpoint', 'checkpoint_pkey', 'PRIMARY KEY (size)'),
                           ('checkpoint', 'checkpoint_size_check', 'CHECK ((size > 0))'),
                           ('checkpoint', 'checkpoint_root_check', 'CHECK ((octet_length(root) = 32))'),
                           ('attestation', 'attestation_pkey', 'PRIMARY KEY (checkpoint_size, kind, name)'),
                           ('attestation', 'attestation_kind_check',
                            'CHECK ((kind = ANY (ARRAY[''anchor''::text, ''command''::text, ''witness''::text, '
                            '''timestamp''::text])))'),
                           ('attestation', 'attestation_checkpoint_size_fkey',
                            'FOREIGN KEY (checkpoint_size) REFERENCES auditproof.checkpoint(size)'),
                           ('log_key', 'log_key_pkey', 'PRIMARY KEY (number)'),
                           ('log_key', 'log_key_number_check', 'CHECK ((number > 0))'),
                           ('log_key', 'log_key_from_size_check', 'CHECK ((from_size >= 0))'),
                           ('epoch', 'epoch_pkey', 'PRIMARY KEY (number)'),
                           ('epoch', 'epoch_number_check', 'CHECK ((number > 0))'),
                           ('epoch', 'epoch_from_size_check', 'CHECK ((from_size >= 0))'),
                           ('seal_repair', 'seal_repair_pkey', 'PRIMARY KEY (number)'),
                           ('seal_repair', 'seal_repair_number_check', 'CHECK ((number > 0))'),
                           ('seal_repair', 'seal_repair_kept_size_check', 'CHECK ((kept_size >= 0))'),
                           ('retention_policy', 'retention_policy_pkey', 'PRIMARY KEY (chain_id, table_name, version)'),
                           ('retention_policy', 'retention_policy_version_check', 'CHECK ((version > 0))'),
                           ('retention_policy', 'retention_policy_period_check',
                            'CHECK ((((table_name = ''audit_logs''::text) AND (unit = ''years''::text) AND (period >= 7) AND '
                            '(period <= 100)) OR ((table_name = ''performance_analytics''::text) AND '
                            '(unit = ''days''::text) AND (period >= 90) AND (period <= 36500))))'),
                           ('legal_hold', 'legal_hold_pkey', 'PRIMARY KEY (hold_id)'),
                           ('legal_hold', 'legal_hold_subject_salt_check', 'CHECK ((octet_length(subject_salt) = 16))'),
                           ('legal_hold', 'legal_hold_subject_commitment_check',
                            'CHECK ((octet_length(subject_commitment) = 32))'),
                           ('legal_hold_release', 'legal_hold_release_pkey', 'PRIMARY KEY (hold_id, released_by)'),
                           ('legal_hold_release', 'legal_hold_release_hold_id_fkey',
                            'FOREIGN KEY (hold_id) REFERENCES auditproof.legal_hold(hold_id)'),
                           ('retention_gate', 'retention_gate_pkey', 'PRIMARY KEY (one)'),
                           ('retention_gate', 'retention_gate_one_check', 'CHECK (one)'),
                           ('partition_work', 'partition_work_pkey', 'PRIMARY KEY (xid)'),
                           ('ruleset', 'ruleset_pkey', 'PRIMARY KEY (digest)'),
                           ('ruleset', 'ruleset_check', 'CHECK ((digest = sha256(packed)))'),
                           ('risk_finding', 'risk_finding_pkey', 'PRIMARY KEY (chain_id, ruleset, seq, rule_id)'),
                           ('risk_finding', 'risk_finding_level_check',
                            'CHECK ((level = ANY (ARRAY[''informational''::text, ''low''::text, ''medium''::text, '
                            '''high''::text, ''critical''::text])))'),
                           ('classification', 'classification_pkey', 'PRIMARY KEY (chain_id, ruleset)'),
                           ('classification', 'classification_ruleset_fkey',
                            'FOREIGN KEY (ruleset) REFERENCES auditproof.ruleset(digest)')
                   ) AS v (tab, name, definition)
              JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass('auditproof.' || v.tab) AND c.relkind = 'r'
             WHERE NOT EXISTS (
                       SELECT FROM pg_catalog.pg_constraint k
                         LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid AND i.indrelid = k.conrelid
                        WHERE k.conrelid = c.oid AND k.conname = v.name AND k.convalidated
                          AND pg_catalog.pg_get_constraintdef(k.oid) = v.definition
                          AND (i.indexrelid IS NULL OR i.indisvalid AND i.indisready AND i.indislive)
                          AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
                                           WHERE t.tgconstraint = k.oid AND t.tgisinternal AND t.tgenabled = 'D'))
             ORDER BY v.definition LIKE 'FOREIGN KEY%'
        LOOP
            BEGIN
                -- What has its name, and another primary key, would be in the way.
                FOR broken IN
                    SELECT k.conname FROM pg_catalog.pg_constraint k
                     WHERE k.conrelid = want.oid
                       AND (k.conname = want.name OR k.contype = 'p' AND want.definition LIKE 'PRIMARY KEY%')
                LOOP
                    EXECUTE pg_catalog.format('ALTER TABLE auditproof.%I DROP CONSTRAINT %I CASCADE', want.tab, broken);
                END LOOP;
                EXECUTE pg_catalog.format('DROP INDEX IF EXISTS auditproof.%I', want.name);
                EXECUTE pg_catalog.format('ALTER TABLE auditproof.%I ADD CONSTRAINT %I %s', want.tab, want.name,
                                          want.definition);
            EXCEPTION WHEN integrity_constraint_violation OR invalid_foreign_key THEN
                IF pass = 2 THEN
                    RAISE WARNING 'constraint % cannot be put back on auditproof.%: % (auditverify names such rows)',
                        want.name, want.tab, SQLERRM;
                END IF;
            END;
        END LOOP;
    END LOOP;
    FOR want IN
        SELECT c.relname, a.attname
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'auditproof'::pg_catalog.regnamespace AND c.relkind = 'r'
           AND c.relname IN ('migration', 'chain', 'chain_entry', 'erasure', 'purge', 'purge_range', 'adoption',
                             'adoption_range', 'ruleset', 'risk_finding', 'classification', 'tile', 'seal',
                             'checkpoint', 'attestation', 'log_key', 'epoch', 'seal_repair', 'retention_policy',
                             'legal_hold', 'legal_hold_release', 'retention_gate', 'purge_plan', 'purge_plan_range',
                             'purge_approval', 'purge_execution', 'purge_count', 'purge_certificate', 'purge_verified',
                             'partition_work', 'erasure_decision', 'erasure_item', 'bundle', 'report_run', 'report_mail',
                             'report_notice')
           AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull
           AND NOT (c.relname = 'adoption' AND a.attname IN ('created_from', 'created_to', 'started_log_id', 'started_at',
                                                             'finished_log_id', 'finished_at'))
           AND NOT (c.relname = 'legal_hold'
                    AND a.attname IN ('chain_id', 'actor_ids', 'actor_email', 'resource_id', 'resource_type', 'action_pattern',
                                      'from_at', 'until_at'))
           AND NOT (c.relname = 'purge_range' AND a.attname = 'purged_at')
           AND NOT (c.relname = 'erasure_decision' AND a.attname = 'review_on')
           AND NOT (c.relname = 'bundle' AND a.attname IN ('encrypted_to', 'recipient'))
           AND NOT (c.relname = 'report_run'
                    AND a.attname IN ('runner', 'lease_until', 'started_at', 'finished_at', 'error', 'output_url', 'sha256', 'bytes',
                                      'verdict', 'bundle_sha256', 'told_by', 'retried_at'))
           AND NOT (c.relname = 'report_mail'
                    AND a.attname IN ('message_id', 'runner', 'lease_until', 'ended_at', 'error', 'again_at'))
           AND NOT (c.relname = 'report_notice' AND a.attname IN ('told_at', 'error'))
           AND NOT (c.relname = 'risk_finding' AND a.attname IN ('detail', 'groups'))
           AND NOT (c.relname = 'classification' AND a.attname IN ('state', 'batch_from', 'batch_at'))
    LOOP
        BEGIN
            EXECUTE pg_catalog.format('ALTER TABLE auditproof.%I ALTER %I SET NOT NULL', want.relname, want.attname);
        EXCEPTION WHEN not_null_violation THEN
            RAISE WARNING 'NOT NULL cannot be put back on auditproof.%: %', want.relname, SQLERRM;
        END;
    END LOOP;
    FOR want IN
        SELECT v.tab, v.name, v.value
          FROM (VALUES ('chain', 'created_at', 'clock_timestamp()'), ('adoption', 'adopted_count', '0')) AS v (tab, name, value)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = pg_catalog.to_regclass('auditproof.' || v.tab) AND a.attname = v.name
          LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE pg_catalog.pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM v.value
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE auditproof.%I ALTER %I SET DEFAULT %s', want.tab, want.name,
                                  pg_catalog.replace(want.value, 'clock_', 'pg_catalog.clock_'));
    END LOOP;
END
$do$;
