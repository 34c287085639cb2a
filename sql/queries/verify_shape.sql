-- Is there what verification reads, in the shape that it reads? Anything else in its place (a view, a foreign table, a
-- child table, a column of another type, a policy that hides rows) means that nothing can be said.
-- Parameters: none. Result: problem text; no rows when all is as it should be.
WITH want(relation, kinds) AS (
    VALUES ('public.audit_logs', 'rp'), ('auditproof.chain', 'r'), ('auditproof.chain_entry', 'r'),
           ('auditproof.erasure', 'r'), ('auditproof.purge', 'r'), ('auditproof.purge_range', 'r'),
           ('auditproof.adoption', 'r'), ('auditproof.adoption_range', 'r'), ('auditproof.seal', 'r'),
           ('auditproof.checkpoint', 'r'), ('auditproof.attestation', 'r'), ('auditproof.tile', 'r'),
           ('auditproof.log_key', 'r'), ('auditproof.epoch', 'r')
), have AS (
    SELECT w.relation, w.kinds, c.oid, c.relkind, c.relrowsecurity, c.relpersistence
    FROM want AS w
    LEFT JOIN (pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace)
        ON pg_catalog.concat(n.nspname, '.', c.relname) = w.relation
), columns(relation, name, type) AS (
    VALUES ('public.audit_logs', 'id', 'uuid'), ('public.audit_logs', 'organization_id', 'uuid'),
           ('public.audit_logs', 'actor_id', 'uuid'), ('public.audit_logs', 'actor_email', 'text'),
           ('public.audit_logs', 'actor_role', 'text'), ('public.audit_logs', 'action', 'text'),
           ('public.audit_logs', 'resource_type', 'text'), ('public.audit_logs', 'resource_id', 'uuid'),
           ('public.audit_logs', 'old_values', 'jsonb'), ('public.audit_logs', 'new_values', 'jsonb'),
           ('public.audit_logs', 'risk_level', 'text'), ('public.audit_logs', 'ip_address', 'inet'),
           ('public.audit_logs', 'user_agent', 'text'), ('public.audit_logs', 'metadata', 'jsonb'),
           ('public.audit_logs', 'session_id', 'text'), ('public.audit_logs', 'created_at', 'timestamptz'),
           ('public.audit_logs', 'chain_salt', 'bytea'),
           ('auditproof.chain', 'chain_id', 'uuid'),
           ('auditproof.chain_entry', 'chain_id', 'uuid'), ('auditproof.chain_entry', 'seq', 'int8'),
           ('auditproof.chain_entry', 'log_id', 'uuid'), ('auditproof.chain_entry', 'recorded_at', 'timestamptz'),
           ('auditproof.chain_entry', 'content_hash', 'bytea'), ('auditproof.chain_entry', 'entry_hash', 'bytea'),
           ('auditproof.erasure', 'chain_id', 'uuid'), ('auditproof.erasure', 'log_id', 'uuid'),
           ('auditproof.erasure', 'group', 'text'), ('auditproof.erasure', 'commitment', 'bytea'),
           ('auditproof.adoption', 'chain_id', 'uuid'), ('auditproof.adoption', 'number', 'int4'),
           ('auditproof.adoption', 'started_log_id', 'uuid'), ('auditproof.adoption', 'finished_log_id', 'uuid'),
           ('auditproof.adoption', 'row_count', 'int8'), ('auditproof.adoption', 'adopted_count', 'int8'),
           ('auditproof.adoption_range', 'chain_id', 'uuid'), ('auditproof.adoption_range', 'number', 'int4'),
           ('auditproof.adoption_range', 'first_seq', 'int8'), ('auditproof.adoption_range', 'last_seq', 'int8'),
           ('auditproof.seal', 'log_index', 'int8'), ('auditproof.seal', 'chain_id', 'uuid'),
           ('auditproof.seal', 'size', 'int8'), ('auditproof.seal', 'root', 'bytea'),
           ('auditproof.seal', 'entry_hash', 'bytea'), ('auditproof.seal', 'sealed_at', 'timestamptz'),
           ('auditproof.checkpoint', 'size', 'int8'), ('auditproof.checkpoint', 'origin', 'text'),
           ('auditproof.checkpoint', 'root', 'bytea'), ('auditproof.checkpoint', 'note', 'bytea'),
           ('auditproof.tile', 'tree', 'uuid'), ('auditproof.tile', 'level', 'int2'),
           ('auditproof.tile', 'index', 'int8'), ('auditproof.tile', 'hashes', 'bytea'),
           ('auditproof.attestation', 'checkpoint_size', 'int8'), ('auditproof.attestation', 'kind', 'text'),
           ('auditproof.attestation', 'name', 'text'), ('auditproof.attestation', 'answer', 'bytea'),
           ('auditproof.log_key', 'number', 'int4'), ('auditproof.log_key', 'vkey', 'text'),
           ('auditproof.log_key', 'from_size', 'int8'), ('auditproof.log_key', 'note', 'bytea'),
           ('auditproof.epoch', 'number', 'int4'), ('auditproof.epoch', 'from_size', 'int8'),
           ('auditproof.epoch', 'reason', 'text'), ('auditproof.epoch', 'note', 'bytea')
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
