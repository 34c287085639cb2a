-- Is there what verification reads, in the shape that it reads? Anything else in its place (a view, a foreign table, a
-- child table, a column of another type, a policy that hides rows) means that nothing can be said.
-- Parameters: none. Result: problem text; no rows when all is as it should be.
WITH tables(relation, columns) AS (
    VALUES
    ('public.audit_logs',
     'id uuid, organization_id uuid, actor_id uuid, actor_email text, actor_role text, action text, resource_type text, '
     'resource_id uuid, old_values jsonb, new_values jsonb, risk_level text, ip_address inet, user_agent text, '
     'metadata jsonb, session_id text, created_at timestamptz, chain_salt bytea'),
    ('auditproof.chain', 'chain_id uuid, created_at timestamptz'),
    ('auditproof.chain_entry',
     'chain_id uuid, seq int8, log_id uuid, recorded_at timestamptz, content_hash bytea, entry_hash bytea'),
    ('auditproof.erasure',
     'chain_id uuid, log_id uuid, group text, commitment bytea, erased_at timestamptz, reason text, authorised_by uuid'),
    ('auditproof.erasure_decision',
     'chain_id uuid, decision_id uuid, outcome text, ground text, reason text, review_on date, entries int8, items bytea, '
     'decided_by text, decided_at timestamptz, authorised_by uuid'),
    ('auditproof.erasure_item', 'chain_id uuid, decision_id uuid, log_id uuid, group text'),
    ('auditproof.bundle',
     'chain_id uuid, bundle_id uuid, kind text, sha256 bytea, tagmanifest_sha256 bytea, bytes int8, from_at timestamptz, '
     'to_at timestamptz, read_at timestamptz, seqs int8multirange, entries int8, groups _text, encrypted_to bytea, '
     'recipient text, registered_by text, registered_at timestamptz, authorised_by uuid'),
    ('auditproof.purge',
     'chain_id uuid, purge_id uuid, purged_at timestamptz, reason text, entries int8, authorised_by uuid'),
    ('auditproof.purge_range', 'chain_id uuid, purge_id uuid, from_seq int8, to_seq int8, purged_at timestamptz'),
    ('auditproof.purge_plan',
     'digest bytea, text text, requested_by text, requested_at timestamptz, authorised_by uuid'),
    ('auditproof.purge_approval', 'digest bytea, approved_by text, approved_at timestamptz, authorised_by uuid'),
    ('auditproof.purge_execution',
     'digest bytea, purge_id uuid, executed_by text, started_at timestamptz, key text, archives jsonb, '
     'authorised_by uuid'),
    ('auditproof.purge_certificate', 'digest bytea, note bytea, certified_at timestamptz, authorised_by uuid'),
    ('auditproof.retention_policy',
     'chain_id uuid, table_name text, version int4, class text, period int4, unit text, basis text, jurisdiction text, '
     'approver text, set_by text, set_at timestamptz, authorised_by uuid'),
    ('auditproof.legal_hold',
     'hold_id uuid, chain_id uuid, actor_ids _uuid, actor_email text, resource_id uuid, subject_salt bytea, '
     'subject_commitment bytea, resource_type text, action_pattern text, from_at timestamptz, until_at timestamptz, '
     'matter text, custodian text, reason text, review_on date, placed_by text, placed_at timestamptz, '
     'authorised_by uuid'),
    ('auditproof.legal_hold_release',
     'hold_id uuid, released_by text, released_at timestamptz, reason text, authorised_by uuid'),
    ('auditproof.adoption',
     'chain_id uuid, number int4, row_count int8, created_from timestamptz, created_to timestamptz, started_log_id uuid, '
     'started_at timestamptz, finished_log_id uuid, finished_at timestamptz, adopted_count int8'),
    ('auditproof.adoption_range', 'chain_id uuid, number int4, first_seq int8, last_seq int8'),
    ('auditproof.seal',
     'log_index int8, chain_id uuid, size int8, root bytea, entry_hash bytea, sealed_at timestamptz'),
    ('auditproof.checkpoint', 'size int8, origin text, root bytea, note bytea, sealed_at timestamptz'),
    ('auditproof.attestation',
     'checkpoint_size int8, kind text, name text, answer bytea, attested_at timestamptz'),
    ('auditproof.tile', 'tree uuid, level int2, index int8, hashes bytea'),
    ('auditproof.log_key', 'number int4, vkey text, from_size int8, note bytea, signed_at timestamptz'),
    ('auditproof.epoch', 'number int4, from_size int8, reason text, note bytea, signed_at timestamptz'),
    ('auditproof.migration',
     'number int4, name text, sha256 bytea, applied_at timestamptz, applied_by text, version text')
), have AS (
    SELECT w.relation, CASE w.relation WHEN 'public.audit_logs' THEN 'rp' ELSE 'r' END AS kinds, c.oid, c.relkind
    FROM tables AS w
    LEFT JOIN (pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace)
        ON pg_catalog.concat(n.nspname, '.', c.relname) = w.relation
), columns(relation, name, type) AS (
    SELECT w.relation, pg_catalog.split_part(c.text, ' ', 1), pg_catalog.split_part(c.text, ' ', 2)
    FROM tables AS w, LATERAL pg_catalog.string_to_table(w.columns, ', ') AS c(text)
)
SELECT CASE
           WHEN h.oid IS NULL THEN pg_catalog.format('there is no table %s', h.relation)
                || CASE WHEN h.relation LIKE 'auditproof.%' AND pg_catalog.to_regnamespace('auditproof') IS NULL
                        THEN '; auditproof is not installed in it, or was removed' ELSE '' END
           ELSE pg_catalog.format('%s is a %s, not a table', h.relation,
                                  CASE h.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                                                 WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table'
                                                 ELSE 'relation of kind ' || h.relkind::pg_catalog.text END)
       END
FROM have AS h
WHERE h.oid IS NULL OR pg_catalog.strpos(h.kinds, h.relkind::pg_catalog.text) = 0
UNION ALL
SELECT pg_catalog.format('%s has no column %I of type %s', c.relation, c.name, c.type)
FROM columns AS c
JOIN have AS h ON h.relation = c.relation AND h.oid IS NOT NULL
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = h.oid AND a.attname = c.name AND a.attnum > 0 AND NOT a.attisdropped
      AND a.atttypid = ('pg_catalog.' || c.type)::pg_catalog.regtype)
UNION ALL
SELECT pg_catalog.format('%s has a child table %s whose rows would show up in it', h.relation, i.inhrelid::pg_catalog.regclass)
FROM have AS h
JOIN pg_catalog.pg_inherits AS i ON i.inhparent = h.oid
WHERE h.relkind = 'r'
UNION ALL
SELECT pg_catalog.format('partition %s of public.audit_logs is not a plain table', t.relid::pg_catalog.text)
FROM have AS h, LATERAL pg_catalog.pg_partition_tree(h.oid) AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.relid
WHERE h.relation = 'public.audit_logs' AND h.relkind = 'p' AND t.isleaf AND c.relkind <> 'r';
