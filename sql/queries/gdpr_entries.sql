-- Entries of a tenant that have to do with a person.
-- Parameters: $1 chain; $2 the person's ids (uuid[]); $3 the person's e-mail addresses, lower case (text[]); $4 those of
--             them that entries of deleted accounts are the person's by (text[]); $5, $6 from, and before, in microseconds
--             since 1970, or NULL.
-- Result: seq; own, about (others' acts on the person's record) or mention; time in microseconds since 1970, action,
--         resource type, role, id; of the person's own acts, the address; of a mention, what may name the person, as
--         JSON. In order.
WITH found AS (
    SELECT e.seq, l.*, coalesce(l.created_at, e.recorded_at) AS at,
           coalesce(l.actor_id = ANY ($2::pg_catalog.uuid[])
                    OR l.actor_id IS NULL AND pg_catalog.lower(l.actor_email) = ANY ($4::pg_catalog.text[])
                       AND EXISTS (SELECT FROM auditproof.erasure AS a
                                    WHERE a.chain_id = e.chain_id AND a.log_id = l.id AND a."group" = 'account'),
                    false) AS is_own,
           coalesce(l.resource_id = ANY ($2::pg_catalog.uuid[]), false) AS is_about
      FROM public.audit_logs AS l
      JOIN auditproof.chain_entry AS e ON e.chain_id = $1::pg_catalog.uuid AND e.log_id = l.id
     WHERE l.organization_id = $1::pg_catalog.uuid
           OR $1::pg_catalog.uuid = '00000000-0000-0000-0000-000000000000' AND l.organization_id IS NULL
), term (term) AS (
    SELECT i::pg_catalog.text FROM pg_catalog.unnest($2::pg_catalog.uuid[]) AS i
    UNION ALL
    SELECT m FROM pg_catalog.unnest($3::pg_catalog.text[]) AS m
)
SELECT f.seq, CASE WHEN f.is_own THEN 'own' WHEN f.is_about THEN 'about' ELSE 'mention' END,
       (pg_catalog.date_part('epoch', f.at) * 1000000)::pg_catalog.int8, f.action, f.resource_type, f.actor_role, f.id,
       CASE WHEN f.is_own THEN pg_catalog.host(f.ip_address) END,
       CASE WHEN NOT f.is_own AND NOT f.is_about THEN
           pg_catalog.jsonb_build_object('action', f.action, 'actor_email', f.actor_email, 'user_agent', f.user_agent,
                                         'session_id', f.session_id, 'old_values', f.old_values,
                                         'new_values', f.new_values, 'metadata', f.metadata) END
FROM found AS f
WHERE ($5::pg_catalog.int8 IS NULL
       OR f.at >= 'epoch'::pg_catalog.timestamptz + $5::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
          AND f.at < 'epoch'::pg_catalog.timestamptz + $6::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval)
  AND (f.is_own OR f.is_about
       OR EXISTS (SELECT FROM term AS t
                   WHERE pg_catalog.strpos(pg_catalog.lower(pg_catalog.concat_ws(' ', f.action, f.actor_email,
                                               f.user_agent, f.old_values, f.new_values, f.metadata)), t.term) > 0))
ORDER BY f.seq;
