-- A group's place in chain_salt, as a byte (audit-format(5)).
CREATE OR REPLACE FUNCTION auditproof.group_number(name text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT CASE name WHEN 'account' THEN E'\\x00'::bytea WHEN 'actor' THEN E'\\x01'::bytea WHEN 'content' THEN E'\\x02'::bytea END
$body$;
