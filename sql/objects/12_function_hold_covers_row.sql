-- Does a hold, whose conditions are given, cover a row of performance_analytics? One that is about a resource or an action
-- covers entries only.
CREATE OR REPLACE FUNCTION auditproof.hold_covers_row(hold auditproof.legal_hold, user_id uuid, claimed_at timestamptz,
                                                      created_at timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT hold.resource_type IS NULL AND hold.resource_id IS NULL AND hold.action_pattern IS NULL
       AND (hold.actor_ids IS NULL AND hold.actor_email IS NULL OR coalesce(user_id = ANY (hold.actor_ids), false))
       AND EXISTS (SELECT FROM (VALUES (claimed_at), (created_at)) AS t (at)
                    WHERE (hold.from_at IS NULL OR coalesce(t.at >= hold.from_at, true))
                      AND (hold.until_at IS NULL OR coalesce(t.at < hold.until_at, true)))
$body$;
