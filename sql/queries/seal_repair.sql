-- Remove from the seal log what no signed checkpoint covers.
-- Parameters: $1 size that is kept; $2, $3 changes of the key and declared restores that are kept; $4 reason.
-- Result: how many seals, checkpoints, changes of the key and declared restores were removed.
SELECT g.gone ->> 'seals', g.gone ->> 'checkpoints', g.gone ->> 'keys', g.gone ->> 'epochs'
FROM (SELECT auditproof.seal_repair($1::pg_catalog.int8, $2::pg_catalog.int4, $3::pg_catalog.int4, $4) AS gone) AS g;
