-- Record what was found in the entries of a batch, and how far it got.
-- Parameters: $1 chain, $2 rule set, $3 first number, $4 last number, $5 entries classified, $6 state, $7 findings,
--             $8 entries that end a batch, $9 age that does. Result: was the batch ended?
SELECT auditproof.classify_record($1::uuid, $2::bytea, $3::bigint, $4::bigint, $5::bigint, $6::bytea, $7::json,
                                  $8::bigint, $9::interval)
