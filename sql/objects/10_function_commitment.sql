-- What an entry text holds in the place of a group of fields: SHA-256 over 0x02, the group's salt and its JSON text.
CREATE OR REPLACE FUNCTION auditproof.commitment(salt bytea, fields json) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT sha256(E'\\x02'::bytea || salt || convert_to(fields::text, 'UTF8'))
$body$;
