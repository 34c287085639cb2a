-- What begins the statements about an actor: the entries that have a time. query_where_* and query_actor_* follow.
-- Parameters: none. Columns: id, actor_id, actor_email, actor_role, action, ip_address, user_agent, session_id, created_at
WITH seen AS MATERIALIZED (
SELECT l.id, l.actor_id, l.actor_email, l.actor_role, l.action, l.ip_address, l.user_agent,
       nullif(l.session_id, '') AS session_id, l.created_at
FROM public.audit_logs AS l
WHERE l.created_at > '-infinity'
