-- What anchors answered for last under an origin. Each is found in the index, whatever the number of answers.
-- Parameters: $1 origin; $2 kind and $3 name of one anchor, or NULL for all.
-- Result: kind, name, size of the checkpoint, when in microseconds since 1970.
WITH RECURSIVE anchor AS (
    SELECT f.kind, f.name
    FROM (SELECT a.kind, a.name FROM auditproof.attestation AS a
           WHERE $2::pg_catalog.text IS NULL ORDER BY a.kind, a.name LIMIT 1) AS f
    UNION ALL
    SELECT n.kind, n.name
    FROM anchor AS p
    CROSS JOIN LATERAL (SELECT a.kind, a.name FROM auditproof.attestation AS a
                         WHERE (a.kind, a.name) > (p.kind, p.name) ORDER BY a.kind, a.name LIMIT 1) AS n
)
SELECT w.kind, w.name, l.checkpoint_size, (EXTRACT(epoch FROM l.attested_at) * 1000000)::pg_catalog.int8
FROM (SELECT kind, name FROM anchor UNION ALL
      SELECT $2::pg_catalog.text, $3::pg_catalog.text WHERE $2::pg_catalog.text IS NOT NULL) AS w
CROSS JOIN LATERAL (SELECT a.checkpoint_size, a.attested_at FROM auditproof.attestation AS a
                     WHERE a.kind = w.kind AND a.name = w.name ORDER BY a.checkpoint_size DESC LIMIT 1) AS l
-- Not a join: where statistics are old, that would read every checkpoint.
WHERE (SELECT c.origin FROM auditproof.checkpoint AS c WHERE c.size = l.checkpoint_size) = $1
ORDER BY w.kind, w.name;
