-- Begins a round of sealing: one at a time in a database, whoever comes second waits, until the transaction ends. A lock
-- of a table and not an advisory one, which any login could take, and no seal would ever be made again. Who reads the
-- table is not kept from it.
CREATE OR REPLACE FUNCTION auditproof.seal_begin() RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    LOCK TABLE auditproof.checkpoint IN SHARE ROW EXCLUSIVE MODE;
    RETURN clock_timestamp();
END
$body$;
