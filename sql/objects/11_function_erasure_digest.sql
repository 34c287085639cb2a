-- What the entry that authorises erasures says of them: SHA-256 over log id, group and commitment of each, in the order of
-- these (audit-schema(5), ERASURE).
CREATE OR REPLACE FUNCTION auditproof.erasure_digest(log_ids uuid[], groups text[], commitments bytea[]) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT sha256(string_agg(uuid_send(x.log_id) || auditproof.group_number(x.name) || x.commitment, ''
                         ORDER BY x.log_id, x.name COLLATE "C"))
  FROM unnest(log_ids, groups, commitments) AS x (log_id, name, commitment)
$body$;
