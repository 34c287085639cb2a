-- The first day (UTC) on which an entry may leave: so many years after the later of what its writer claims and what the
-- chain recorded, and one day more. An anniversary that does not exist (29 February) is the day after it.
-- PL/pgSQL, which keeps its plan: this is asked for each row of a deletion.
CREATE OR REPLACE FUNCTION auditproof.retention_until(created_at timestamptz, recorded_at timestamptz, years integer)
RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    day CONSTANT date := (greatest(created_at, recorded_at) AT TIME ZONE 'UTC')::date;
    anniversary date;
BEGIN
    IF day = '-infinity' THEN
        RETURN day;
    END IF;
    -- no time of these years can be told in microseconds (audit-format(5))
    IF extract(year FROM day) + years >= 294247 THEN
        RETURN 'infinity';
    END IF;
    anniversary := day + make_interval(years => years);
    RETURN anniversary + CASE WHEN extract(day FROM anniversary) <> extract(day FROM day) THEN 2 ELSE 1 END;
END
$body$;
