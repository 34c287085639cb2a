-- Holds in force that cover an entry. Of a range of time it is enough that the time the writer claims, or the one that the
-- chain recorded, is in it; of an actor, that the account or its e-mail address is.
--
-- PL/pgSQL, which keeps its plan: this is asked for each row of a deletion. In force is written out for the same reason.
CREATE OR REPLACE FUNCTION auditproof.holds_on(entry public.audit_logs) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN QUERY
    SELECT h.hold_id
      FROM auditproof.legal_hold h
     WHERE (h.chain_id IS NULL OR h.chain_id = coalesce(entry.organization_id, '00000000-0000-0000-0000-000000000000'))
       AND (h.actor_ids IS NULL AND h.actor_email IS NULL OR entry.actor_id = ANY (h.actor_ids)
            OR lower(entry.actor_email) = h.actor_email)
       AND (h.resource_type IS NULL OR h.resource_type = entry.resource_type)
       AND (h.resource_id IS NULL OR h.resource_id = entry.resource_id)
       AND (h.action_pattern IS NULL
            OR lower(entry.action) LIKE translate(replace(replace(replace(lower(h.action_pattern), '\', '\\'), '%', '\%'), '_', '\_'),
                                                  '*?', '%_'))
       AND (h.from_at IS NULL AND h.until_at IS NULL
            OR (h.from_at IS NULL OR coalesce(entry.created_at, now()) >= h.from_at)
               AND (h.until_at IS NULL OR coalesce(entry.created_at, now()) < h.until_at)
            OR EXISTS (SELECT FROM auditproof.chain_entry c
                        WHERE c.chain_id = coalesce(entry.organization_id, '00000000-0000-0000-0000-000000000000')
                          AND c.log_id = entry.id AND (h.from_at IS NULL OR c.recorded_at >= h.from_at)
                          AND (h.until_at IS NULL OR c.recorded_at < h.until_at)))
       AND (SELECT count(DISTINCT r.released_by) FROM auditproof.legal_hold_release r WHERE r.hold_id = h.hold_id) < 2;
END
$body$;
