-- Refuses what its trigger fires on: TRUNCATE of entries, and every change of auditproof's own records.
CREATE OR REPLACE FUNCTION auditproof.refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION '% of %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'The audit trail is only ever appended to.';
END
$body$;
