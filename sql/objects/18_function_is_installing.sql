-- Is auditmigrate at work in this transaction? Then what it does to its own objects stands in auditproof.migration, and
-- not as one entry a statement. Heeded only from those who could switch the event triggers off.
CREATE OR REPLACE FUNCTION auditproof.is_installing() RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT coalesce(current_setting('auditproof.version', true), '') <> ''
       AND pg_has_role(session_user, 'auditproof_owner', 'MEMBER')
$body$;
