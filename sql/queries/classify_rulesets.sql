-- Rule sets that were used, with their files: those that are kept, and those that chained entries or findings name.
-- Parameters: $1 chain or NULL. Columns: digest (hex), packed or NULL
SELECT coalesce(pg_catalog.encode(r.digest, 'hex'), t.digest) AS digest, r.packed
FROM auditproof.ruleset r
FULL JOIN (SELECT DISTINCT l.metadata ->> 'ruleset' AS digest
           FROM auditproof.entry l
           WHERE l.action = 'audit.classified' AND pg_catalog.uuid_send(l.id) = pg_catalog.substr(
                     pg_catalog.sha256('auditproof/classification'::bytea OPERATOR(pg_catalog.||) l.chain_salt), 1, 16)
             AND ($1::uuid IS NULL OR l.metadata ->> 'chain_id' = $1::uuid::text)
           UNION
           SELECT pg_catalog.encode(f.ruleset, 'hex') FROM auditproof.risk_finding f
           WHERE $1::uuid IS NULL OR f.chain_id = $1::uuid) AS t
    ON t.digest = pg_catalog.encode(r.digest, 'hex')
ORDER BY r.first_used_at, 1
