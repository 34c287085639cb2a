-- The same of one organization; query_where_* and query_since_org_end follow.
-- Parameters: none. Result: a part of a statement
SELECT (EXTRACT(epoch FROM pg_catalog.min(t.created_at)) * 1000000)::pg_catalog.int8
FROM (SELECT l.created_at
      FROM public.audit_logs AS l
      WHERE l.created_at > '-infinity'
