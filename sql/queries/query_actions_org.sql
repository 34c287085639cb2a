-- The actions that an organization has, and that fit: each takes one look-up in the index. The empty one is counted among
-- them, where it fits, whether or not it is there.
-- Parameters: $1 patterns of LIKE, $2 organization. Columns: action
WITH RECURSIVE known (action) AS (
    SELECT ''::pg_catalog.text -- less than every other
    UNION ALL
    SELECT (SELECT l.action FROM public.audit_logs AS l
             WHERE l.organization_id = $2::pg_catalog.uuid AND l.action > k.action
             ORDER BY l.organization_id, l.action LIMIT 1)
    FROM known k WHERE k.action IS NOT NULL)
SELECT k.action FROM known k WHERE k.action LIKE ANY ($1::pg_catalog.text[])
