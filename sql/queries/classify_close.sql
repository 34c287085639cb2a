-- End an open batch that is old enough, unless another follower is at it.
-- Parameters: $1 chain, $2 rule set, $3 the age. Result: was it ended?
SELECT auditproof.classify_close($1::uuid, $2::bytea, $3::interval)
