-- Places a legal hold: one login does. It covers what all of its conditions say; chain NULL is every tenant, the nil UUID the
-- system-wide entries. An actor's e-mail address stands for the accounts that have used it, too. Returns the hold's id.
CREATE OR REPLACE FUNCTION auditproof.hold_place(chain uuid, actor_id uuid, email text, resource_type text, resource_id uuid,
                                                 action text, from_at timestamptz, until_at timestamptz, matter text,
                                                 custodian text, reason text, review_on date) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    new auditproof.legal_hold;
BEGIN
    IF matter !~ '\S' OR custodian !~ '\S' OR reason !~ '\S' OR review_on IS NULL
       OR review_on <= (now() AT TIME ZONE 'UTC')::date OR from_at >= until_at OR NOT isfinite(review_on)
       OR NOT isfinite(from_at) OR NOT isfinite(until_at) THEN
        RAISE EXCEPTION 'a hold names a matter, a custodian, a reason and a day of review to come, and ends after it begins'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF chain <> '00000000-0000-0000-0000-000000000000' AND auditproof.organization_exists(chain) IS FALSE THEN
        RAISE EXCEPTION 'there is no organization %', chain USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- after deletions that are under way, so that none of these comes later than the hold
    UPDATE auditproof.retention_gate SET changes = changes + 1;
    new.hold_id := gen_random_uuid();
    new.chain_id := chain;
    new.actor_email := lower(email);
    new.actor_ids := (SELECT array_agg(DISTINCT a.id ORDER BY a.id)
                        FROM (SELECT hold_place.actor_id
                              UNION ALL
                              SELECT l.actor_id FROM public.audit_logs l
                               WHERE lower(l.actor_email) = new.actor_email AND email IS NOT NULL
                                 AND (chain IS NULL OR auditproof.chain_of(l.organization_id) = chain)) AS a (id)
                       WHERE a.id IS NOT NULL);
    new.resource_id := hold_place.resource_id;
    new.subject_salt := uuid_send(gen_random_uuid());
    new.subject_commitment := auditproof.commitment(new.subject_salt,
        json_build_array(new.actor_ids, new.actor_email, new.resource_id));
    new.resource_type := hold_place.resource_type;
    new.action_pattern := action;
    new.from_at := hold_place.from_at;
    new.until_at := hold_place.until_at;
    new.matter := hold_place.matter;
    new.custodian := hold_place.custodian;
    new.reason := hold_place.reason;
    new.review_on := hold_place.review_on;
    new.placed_by := session_user;
    new.placed_at := clock_timestamp();
    new.authorised_by := auditproof.tell_retention('00000000-0000-0000-0000-000000000000', 'audit.hold_placed', 'legal_hold',
        new.hold_id, 'medium',
        jsonb_build_object('chain_id', new.chain_id, 'review_on', new.review_on,
                           'digest', encode(auditproof.hold_digest(new), 'hex')));
    INSERT INTO auditproof.legal_hold SELECT new.*;
    RETURN new.hold_id;
END
$body$;
