-- What is recorded as found in a range of a chain, in the order in which it is hashed.
-- Parameters: $1 chain, $2 rule set (hex), $3 first number, $4 last number
-- Columns: seq, rule_id, log_id, level, title, closed, detail
SELECT f.seq, f.rule_id, f.log_id, f.level, f.title, f.closed, f.detail FROM auditproof.risk_finding f
WHERE f.chain_id = $1::uuid AND f.ruleset = pg_catalog.decode($2::text, 'hex')
  AND f.seq BETWEEN $3::bigint AND $4::bigint
ORDER BY f.seq, f.rule_id COLLATE "C"
