-- auditproof.capture_row(): row trigger that turns an INSERT, UPDATE or DELETE of a captured table into an entry.
--
-- It runs with the statement, not at commit: the request's claims and role are then those of whoever made the change,
-- whatever RESET ROLE or set_config comes later in the transaction. The tenant's chain is still locked at commit only,
-- because the entry's own chaining is deferred.
--
-- Arguments (auditproof.capture_attach writes them): resource type, risk level, name of the organization column or '',
-- and as text[]: key columns, columns whose values are withheld, columns whose change alone is not worth an entry.
CREATE OR REPLACE FUNCTION auditproof.capture_row()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- What a value looks like as JSON must not depend on the client, least of all whether two values look the same.
SET "TimeZone" = 'UTC'
SET "DateStyle" = 'ISO, YMD'
SET extra_float_digits = 1
SET bytea_output = 'hex'
AS $body$
DECLARE
    key_columns text[] := TG_ARGV[3];
    withheld text[] := TG_ARGV[4];
    ignored text[] := TG_ARGV[5];
    verb text := CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'updated' ELSE 'deleted' END;
    details jsonb := jsonb_build_object('source', 'capture', 'table', format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME));
    before jsonb;
    after jsonb;
    changed text[];
    shown text[];
    organization uuid;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD *= NEW THEN
        RETURN NULL;
    END IF;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            before := to_jsonb(OLD);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            after := to_jsonb(NEW);
        END IF;
    EXCEPTION WHEN OTHERS THEN
        IF TG_OP <> 'INSERT' THEN
            before := auditproof.capture_image(TG_RELID, OLD);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            after := auditproof.capture_image(TG_RELID, NEW);
        END IF;
    END;
    organization := auditproof.capture_uuid(coalesce(after ->> TG_ARGV[2], before ->> TG_ARGV[2]));

    IF TG_OP = 'UPDATE' THEN
        -- As text: 1.0 and 1.00 are equal and yet not the same.
        SELECT array_agg(n.key ORDER BY n.key COLLATE "C") INTO changed
        FROM jsonb_each(after) n
        WHERE n.value::text IS DISTINCT FROM (before -> n.key)::text;
        IF changed IS NULL OR changed <@ ignored THEN
            RETURN NULL;
        END IF;
        details := details || jsonb_build_object('changed', changed);
        SELECT array_agg(c) INTO shown FROM unnest(key_columns || changed) c WHERE c <> ALL (withheld);
        SELECT jsonb_object_agg(o.key, o.value) INTO before FROM jsonb_each(before) o WHERE o.key = ANY (shown);
        SELECT jsonb_object_agg(n.key, n.value) INTO after FROM jsonb_each(after) n WHERE n.key = ANY (shown);
    ELSE
        before := before - withheld;
        after := after - withheld;
    END IF;
    IF withheld <> '{}' THEN
        details := details || jsonb_build_object('withheld', withheld);
    END IF;
    IF pg_column_size(before) > 8192 THEN
        before := auditproof.capture_digest(TG_RELID, before);
    END IF;
    IF pg_column_size(after) > 8192 THEN
        after := auditproof.capture_digest(TG_RELID, after);
    END IF;

    PERFORM auditproof.capture_write(
        TG_ARGV[0] || '.' || verb, TG_ARGV[0], TG_ARGV[1], organization,
        CASE WHEN cardinality(key_columns) = 1
             THEN auditproof.capture_uuid(coalesce(after, before) ->> key_columns[1]) END,
        before, after, details);
    RETURN NULL;
END
$body$;
