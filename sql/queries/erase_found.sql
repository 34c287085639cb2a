-- Entries that show the subject, and those named: which of their groups hold something, and why they would go.
-- Parameters: $1 chain, or NULL for all; $2 entries that were named (uuid[]); $3 groups to erase of all that is chosen
-- (text[]), or NULL for those that fit how the subject appears.
-- Result: chain, entry, created at, action, resource type, how the subject appears (actor, resource, and the fields that
-- mention it), named, groups to erase, first hold in force, its matter, whether what cannot be erased mentions the subject,
-- an excerpt of the first field that mentions it.
WITH subject AS (
    SELECT s.word FROM pg_temp.auditproof_subject AS s
), looked AS (
    SELECT l, auditproof.chain_of(l.organization_id) AS chain_id, l.id = ANY ($2::pg_catalog.uuid[]) AS named,
           coalesce(l.actor_id::pg_catalog.text IN (SELECT s.word FROM subject AS s), false)
           OR coalesce(pg_catalog.lower(l.actor_email) IN (SELECT s.word FROM subject AS s), false) AS acted,
           coalesce(l.resource_id::pg_catalog.text IN (SELECT s.word FROM subject AS s), false) AS resource,
           ARRAY(SELECT f.name
                 FROM (VALUES ('old_values', l.old_values::pg_catalog.text), ('new_values', l.new_values::pg_catalog.text),
                              ('metadata', l.metadata::pg_catalog.text), ('session_id', l.session_id),
                              ('user_agent', l.user_agent)) AS f (name, value)
                 WHERE EXISTS (SELECT FROM subject AS s
                               WHERE pg_catalog.strpos(pg_catalog.lower(f.value), s.word) > 0)) AS mentions,
           EXISTS (SELECT FROM subject AS s
                   WHERE pg_catalog.strpos(pg_catalog.lower(pg_catalog.concat_ws(' ', l.action, l.resource_type, l.actor_role)),
                                           s.word) > 0) AS fixed
    FROM public.audit_logs AS l
    WHERE $1::pg_catalog.uuid IS NULL
       OR coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = $1::pg_catalog.uuid
), found AS (
    SELECT k.*, (k.l).id AS log_id,
           ARRAY(SELECT g.name
                 FROM (VALUES ('account', (k.l).actor_id IS NOT NULL, k.acted),
                              ('actor', pg_catalog.num_nonnulls((k.l).actor_email, (k.l).ip_address, (k.l).user_agent,
                                                                (k.l).session_id) > 0,
                               k.acted OR k.named AND k.mentions && '{session_id,user_agent}'),
                              ('content', pg_catalog.num_nonnulls((k.l).resource_id, (k.l).old_values, (k.l).new_values,
                                                                  (k.l).metadata) > 0,
                               k.resource OR k.named AND k.mentions && '{old_values,new_values,metadata}')) AS g (name, there, fits)
                 WHERE g.there AND (k.acted OR k.resource OR k.named)
                   AND CASE WHEN $3::pg_catalog.text[] IS NULL THEN g.fits ELSE g.name = ANY ($3::pg_catalog.text[]) END
                   AND NOT EXISTS (SELECT FROM auditproof.erasure AS e
                                   WHERE e.chain_id = k.chain_id AND e.log_id = (k.l).id AND e."group" = g.name)) AS groups
    FROM looked AS k
    WHERE k.acted OR k.resource OR k.named OR k.fixed OR pg_catalog.cardinality(k.mentions) > 0
)
SELECT f.chain_id, f.log_id, pg_catalog.to_char((f.l).created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       (f.l).action, (f.l).resource_type,
       pg_catalog.concat_ws(', ', CASE WHEN f.acted THEN 'actor' END, CASE WHEN f.resource THEN 'resource' END,
                            CASE WHEN pg_catalog.cardinality(f.mentions) > 0
                                 THEN 'in ' || pg_catalog.array_to_string(f.mentions, ' ') END),
       f.named, pg_catalog.array_to_string(f.groups, ' '), h.hold_id, h.matter, f.fixed,
       (SELECT pg_catalog.substr(v.value, GREATEST(1, pg_catalog.strpos(pg_catalog.lower(v.value), s.word) - 60), 160)
        FROM pg_catalog.unnest(ARRAY[(f.l).old_values::pg_catalog.text, (f.l).new_values::pg_catalog.text,
                                     (f.l).metadata::pg_catalog.text, (f.l).session_id, (f.l).user_agent]) AS v (value), subject AS s
        WHERE pg_catalog.strpos(pg_catalog.lower(v.value), s.word) > 0 LIMIT 1)
FROM found AS f
LEFT JOIN LATERAL (SELECT h.hold_id, h.matter FROM auditproof.legal_hold AS h
                   WHERE h.hold_id IN (SELECT auditproof.holds_on(f.l)) ORDER BY h.placed_at, h.hold_id LIMIT 1) AS h ON true
ORDER BY f.chain_id, (f.l).created_at, f.log_id;
