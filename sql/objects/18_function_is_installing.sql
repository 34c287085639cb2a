-- Is auditmigrate at work in this transaction, or one of auditproof's functions on partitions? Then what is done to its own
-- objects stands in auditproof.migration, or in an entry of that function, and not in one entry a statement. The setting is
-- heeded only from those who could switch the event triggers off.
CREATE OR REPLACE FUNCTION auditproof.is_installing() RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT coalesce(current_setting('auditproof.version', true), '') <> ''
       AND pg_has_role(session_user, 'auditproof_owner', 'MEMBER')
       OR EXISTS (SELECT FROM auditproof.partition_work w WHERE w.xid = pg_current_xact_id_if_assigned())
$body$;
