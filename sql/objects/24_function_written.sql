-- Which of these entries are there already, and whether what is there says the same; one array a column. A writer asks
-- it about ids that it sent and cannot tell the fate of. Values are compared as text, because jsonb's "=" holds 1.0 and
-- 1.00 to be equal; a created_at that the writer left to the database is not compared. Nor is what rules made of an
-- entry that the writer classified: metadata._auditproof and risk_level depend on the events before it, which may be
-- others when a line is fed again.
CREATE OR REPLACE FUNCTION auditproof.written(
    ids uuid[], organization_ids uuid[], actor_ids uuid[], actor_emails text[], actor_roles text[], actions text[],
    resource_types text[], resource_ids uuid[], olds jsonb[], news jsonb[], risk_levels text[], ip_addresses inet[],
    user_agents text[], metadatas jsonb[], session_ids text[], created_ats timestamptz[])
RETURNS TABLE (n bigint, same boolean)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.n,
           (l.organization_id, l.actor_id, l.actor_email, l.actor_role, l.action, l.resource_type, l.resource_id,
            l.old_values::text, l.new_values::text,
            CASE WHEN jsonb_typeof(e.metadata -> '_auditproof') = 'object' THEN e.risk_level ELSE l.risk_level END,
            l.ip_address::text, l.user_agent,
            CASE jsonb_typeof(l.metadata) WHEN 'object' THEN l.metadata - '_auditproof' ELSE l.metadata END::text,
            l.session_id, l.created_at)
           IS NOT DISTINCT FROM
           (e.organization_id, e.actor_id, e.actor_email, e.actor_role, e.action, e.resource_type, e.resource_id,
            e.old_values::text, e.new_values::text, e.risk_level, e.ip_address::text, e.user_agent,
            CASE jsonb_typeof(e.metadata) WHEN 'object' THEN e.metadata - '_auditproof' ELSE e.metadata END::text,
            e.session_id, coalesce(e.created_at, l.created_at))
    FROM unnest(ids, organization_ids, actor_ids, actor_emails, actor_roles, actions, resource_types, resource_ids,
                olds, news, risk_levels, ip_addresses, user_agents, metadatas, session_ids, created_ats)
        WITH ORDINALITY
        AS e (id, organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id,
              old_values, new_values, risk_level, ip_address, user_agent, metadata, session_id, created_at, n)
    JOIN public.audit_logs AS l ON l.id = e.id
$$;

REVOKE ALL ON FUNCTION auditproof.written(
    uuid[], uuid[], uuid[], text[], text[], text[], text[], uuid[], jsonb[], jsonb[], text[], inet[], text[], jsonb[],
    text[], timestamptz[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auditproof.written(
    uuid[], uuid[], uuid[], text[], text[], text[], text[], uuid[], jsonb[], jsonb[], text[], inet[], text[], jsonb[],
    text[], timestamptz[]) TO auditproof_writer;
