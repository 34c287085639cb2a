-- What stands in groups of an entry, in lower case: what else may keep it is looked for by these.
CREATE OR REPLACE FUNCTION auditproof.erased_words(entry public.audit_logs, groups text[]) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT DISTINCT lower(w.word)
  FROM (SELECT entry.actor_id::text WHERE 'account' = ANY (groups)
        UNION ALL
        SELECT unnest(ARRAY[entry.actor_email, entry.ip_address::text, host(entry.ip_address), entry.user_agent,
                            entry.session_id])
         WHERE 'actor' = ANY (groups)
        UNION ALL
        SELECT entry.resource_id::text WHERE 'content' = ANY (groups)
        UNION ALL
        SELECT v.value #>> '{}'
          FROM unnest(ARRAY[entry.old_values, entry.new_values, entry.metadata]) AS f (field),
               jsonb_path_query(f.field, 'strict $.**') AS v (value)
         WHERE 'content' = ANY (groups) AND jsonb_typeof(v.value) IN ('string', 'number')) AS w (word)
 WHERE w.word <> ''
$body$;
