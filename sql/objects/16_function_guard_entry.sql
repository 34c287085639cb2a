-- Refuses UPDATE and DELETE of entries, but for some changes, recognised by what they do and not by who makes them:
--   an account is deleted    the foreign key to auth.users sets actor_id to NULL; the account salt goes with it
--   an entry is adopted      one from before auditproof gets its salts, once, and is not yet chained
--   an entry is purged       by a plan: its seq is already recorded as purged (auditproof.purge_batch)
--   groups are erased        on request: the commitments they had are already kept (auditproof.erase_batch)
--   a tenant is deleted      the foreign key to organizations deletes its entries, once every one may leave
-- No entry that a legal hold covers loses anything by them.
CREATE OR REPLACE FUNCTION auditproof.guard_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    wanted record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF auditproof.is_purged(OLD) THEN
            PERFORM auditproof.require_unheld(OLD);
            RETURN OLD;
        END IF;
        IF OLD.organization_id IS NULL
           OR NOT auditproof.referent_is_gone('public.organizations', OLD.organization_id) THEN
            RAISE EXCEPTION 'audit_logs: entry % cannot be deleted', OLD.id
                USING ERRCODE = 'restrict_violation',
                      HINT = 'Entries are kept for seven years at least, and leave by retention only.';
        END IF;
        PERFORM auditproof.require_unheld(OLD);
        PERFORM auditproof.require_retired(OLD.organization_id, OLD.id, OLD.created_at, OLD.chain_salt);
        RETURN OLD;
    END IF;

    wanted := OLD;
    IF OLD.actor_id IS NOT NULL AND NEW.actor_id IS NULL THEN
        wanted.actor_id := NULL;
        IF NEW *= wanted AND auditproof.referent_is_gone('auth.users', OLD.actor_id) THEN
            PERFORM auditproof.require_unheld(OLD);
            NEW.chain_salt := E'\\x00000000000000000000000000000000'::bytea || substr(OLD.chain_salt, 17);
            RETURN NEW;
        END IF;
    ELSIF OLD.chain_salt IS NULL AND octet_length(NEW.chain_salt) = 48 THEN
        wanted.chain_salt := NEW.chain_salt;
        -- chain_of() written out: adoption comes here once a row
        IF NEW *= wanted
           AND NOT EXISTS (SELECT FROM auditproof.chain_entry e
                            WHERE e.chain_id = coalesce(OLD.organization_id, '00000000-0000-0000-0000-000000000000')
                              AND e.log_id = OLD.id) THEN
            RETURN NEW;
        END IF;
    END IF;
    IF auditproof.is_erasure(OLD, NEW) THEN
        PERFORM auditproof.require_unheld(OLD);
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_logs: entry % cannot be changed', OLD.id
        USING ERRCODE = 'restrict_violation',
              HINT = 'Entries stay as they were written; to correct one, write another that says so.';
END
$body$;
