-- Keep a rule set.
-- Parameters: $1 digest, $2 packed, $3 how many rules. Result: nothing of interest.
SELECT auditproof.classify_ruleset($1::bytea, $2::bytea, $3::integer)
