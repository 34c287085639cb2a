-- Claim a chain for a rule set.
-- Parameters: $1 chain, $2 rule set, $3 where to begin. Columns: seq, state; no row when another follower has it
SELECT c.seq, c.state FROM auditproof.classify_claim($1::uuid, $2::bytea, $3::text) AS c
