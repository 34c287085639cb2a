-- What of a chain may leave as of a day, for a plan; NULL when nothing is due, held or not. The digest is of the log ids,
-- sorted, one a line. An entry that several holds cover counts for each.
CREATE OR REPLACE FUNCTION auditproof.purge_due(chain uuid, day date) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
SET plan_cache_mode = force_custom_plan
AS $body$
DECLARE
    years CONSTANT integer := auditproof.keep_years(chain);
    cutoff CONSTANT timestamptz := auditproof.retention_cutoff(day, years);
    held CONSTANT boolean := EXISTS (SELECT FROM auditproof.holds_of(chain));
    part json;
BEGIN
    WITH due AS MATERIALIZED (
        SELECT e.seq, e.log_id, e.recorded_at, e.entry_hash, l.created_at, pg_column_size(l) AS bytes,
               CASE WHEN held THEN (SELECT array_agg(DISTINCT h.id) FROM auditproof.holds_on(l) AS h (id)) END AS holds
          FROM auditproof.chain_entry e
          JOIN public.audit_logs l
            ON l.id = e.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = e.chain_id
         WHERE e.chain_id = chain AND e.recorded_at < cutoff AND (l.created_at < cutoff OR l.created_at IS NULL)
           AND NOT EXISTS (SELECT FROM auditproof.lasting_entries() AS s (id) WHERE s.id = e.log_id)
    ), free AS (
        SELECT d.*, d.seq - row_number() OVER (ORDER BY d.seq) AS island FROM due d WHERE d.holds IS NULL
    ), ranges AS (
        SELECT json_agg(json_build_array(r.from_seq, r.to_seq) ORDER BY r.from_seq) AS list
          FROM (SELECT min(f.seq) AS from_seq, max(f.seq) AS to_seq FROM free f GROUP BY f.island) AS r
    ), covered AS (
        SELECT h.id, d.seq, d.seq - row_number() OVER (PARTITION BY h.id ORDER BY d.seq) AS island
          FROM due d CROSS JOIN unnest(d.holds) AS h (id)
    ), kept AS (
        SELECT k.id, sum(k.entries) AS entries,
               json_agg(json_build_array(k.from_seq, k.to_seq) ORDER BY k.from_seq) AS ranges
          FROM (SELECT c.id, count(*) AS entries, min(c.seq) AS from_seq, max(c.seq) AS to_seq
                  FROM covered c GROUP BY c.id, c.island) AS k
         GROUP BY k.id
    ), sums AS (
        SELECT count(*) AS entries, coalesce(sum(f.bytes), 0) AS bytes, min(f.created_at) AS created_from,
               max(f.created_at) AS created_to, min(f.recorded_at) AS recorded_from, max(f.recorded_at) AS recorded_to,
               min(f.seq) AS first_seq, max(f.seq) AS last_seq,
               encode(sha256(convert_to(coalesce(string_agg(f.log_id::text || E'\n', '' ORDER BY f.log_id), ''), 'UTF8')), 'hex')
                   AS ids
          FROM free f
    )
    SELECT json_build_object('chain', chain, 'years', years, 'policy', auditproof.purge_policy(chain, 'audit_logs'),
               'entries', s.entries, 'bytes', s.bytes, 'ids_sha256', s.ids,
               'created_from', auditproof.time_text(s.created_from), 'created_to', auditproof.time_text(s.created_to),
               'recorded_from', auditproof.time_text(s.recorded_from), 'recorded_to', auditproof.time_text(s.recorded_to),
               'first', (SELECT json_build_object('seq', f.seq, 'entry_hash', encode(f.entry_hash, 'hex'))
                           FROM free f WHERE f.seq = s.first_seq),
               'last', (SELECT json_build_object('seq', f.seq, 'entry_hash', encode(f.entry_hash, 'hex'))
                          FROM free f WHERE f.seq = s.last_seq),
               'ranges', coalesce((SELECT r.list FROM ranges r), '[]'),
               'held_entries', (SELECT count(*) FROM due d WHERE d.holds IS NOT NULL),
               'held', coalesce((SELECT json_agg(json_build_object('hold', k.id, 'entries', k.entries, 'ranges', k.ranges)
                                                 ORDER BY k.id) FROM kept k), '[]'))
      INTO part
      FROM sums s
     WHERE EXISTS (SELECT FROM due);
    RETURN part;
END
$body$;
