-- Refuses every change of auditproof.retention_policy but a new version, by whoever is logged in, that keeps no less than the
-- one before it and, where it is a tenant's, than the platform's. Waits for deletions that are under way.
CREATE OR REPLACE FUNCTION auditproof.guard_policy() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    least record;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION '% of auditproof.retention_policy is refused', TG_OP
            USING ERRCODE = 'restrict_violation', HINT = 'A policy is followed by a new version, and stays on record.';
    END IF;
    UPDATE auditproof.retention_gate SET changes = changes + 1;
    IF NEW.set_by <> session_user OR NEW.set_at NOT BETWEEN transaction_timestamp() AND clock_timestamp() THEN
        RAISE EXCEPTION 'a policy is set by who is logged in, and now' USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT p.period, p.version, p.chain_id = NEW.chain_id AS own INTO least
      FROM auditproof.retention_policy p
     WHERE p.table_name = NEW.table_name AND p.chain_id IN (NEW.chain_id, '00000000-0000-0000-0000-000000000000')
       AND p.period > NEW.period
     ORDER BY p.period DESC LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% % is less than the % % that % keeps %', NEW.period, NEW.unit, least.period, NEW.unit,
                        CASE WHEN least.own THEN 'version ' || least.version ELSE 'the platform''s policy' END, NEW.table_name
            USING ERRCODE = 'restrict_violation', HINT = 'A retention period can be lengthened, and never shortened.';
    END IF;
    IF EXISTS (SELECT FROM auditproof.retention_policy p
                WHERE p.chain_id = NEW.chain_id AND p.table_name = NEW.table_name AND p.version >= NEW.version) THEN
        RAISE EXCEPTION 'version % of the policy for % is not newer than the one in force', NEW.version, NEW.table_name
            USING ERRCODE = 'restrict_violation', HINT = 'Give what changes a higher version.';
    END IF;
    RETURN NEW;
END
$body$;
