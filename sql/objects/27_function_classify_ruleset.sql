-- Keep a rule set, once: its packed files (audit-rules(5), RULE SETS), whose SHA-256 is its name.
CREATE OR REPLACE FUNCTION auditproof.classify_ruleset(digest bytea, packed bytea, rule_count integer) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
INSERT INTO auditproof.ruleset (digest, packed, rule_count, first_used_at)
SELECT $1, $2, $3, clock_timestamp() WHERE NOT EXISTS (SELECT FROM auditproof.ruleset r WHERE r.digest = $1)
ON CONFLICT DO NOTHING
$body$;
