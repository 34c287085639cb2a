-- What rules found in entries.
-- Parameters: $1 chains and $2 ids, one by one. Columns: n, rule_id, title, level, ruleset
SELECT n.n, f.rule_id, f.title, f.level, f.ruleset
FROM unnest($1::pg_catalog.uuid[], $2::pg_catalog.uuid[]) WITH ORDINALITY AS n (chain_id, log_id, n)
JOIN auditproof.risk_finding AS f ON f.chain_id = n.chain_id AND f.log_id = n.log_id AND NOT f.closed
ORDER BY n.n, pg_catalog.array_position('{critical,high,medium,low,informational}'::pg_catalog.text[], f.level),
         f.rule_id COLLATE "C", f.ruleset
