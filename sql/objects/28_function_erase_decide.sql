-- Records what was decided on a request for erasure, of entries of one chain: that groups of them are erased
-- (auditproof.erase_batch does it), or that they are kept on a ground, until a day of review. One chained entry tells of it.
-- Returns the decision's id.
CREATE OR REPLACE FUNCTION auditproof.erase_decide(chain uuid, outcome text, ground text, reason text, review_on date,
                                                   log_ids uuid[], groups text[]) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    new auditproof.erasure_decision;
    entry public.audit_logs;
BEGIN
    IF outcome NOT IN ('erased', 'kept') OR ground !~ '\S' OR reason !~ '\S' OR cardinality(log_ids) = 0
       OR coalesce(chain, log_ids[1]) IS NULL OR ground IS NULL OR reason IS NULL
       OR (outcome = 'kept') <> (review_on IS NOT NULL) OR review_on <= (now() AT TIME ZONE 'UTC')::date
       OR NOT isfinite(review_on) THEN
        RAISE EXCEPTION 'a decision on erasure names entries, a ground and a reason, and a day of review to come where they are '
                        'kept' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF ground || reason LIKE '%@%' THEN
        RAISE EXCEPTION 'an e-mail address in the reason would stay on record'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the number of the request or ticket instead.';
    END IF;
    PERFORM auditproof.lock_retention();
    new := (chain, gen_random_uuid(), outcome, ground, reason, review_on, 0, sha256(''), session_user, clock_timestamp(),
            gen_random_uuid());
    FOR entry IN
        SELECT l.* FROM public.audit_logs l
         WHERE l.id = ANY (log_ids) AND auditproof.chain_of(l.organization_id) = chain
         ORDER BY l.id
    LOOP
        IF outcome = 'erased' THEN
            PERFORM auditproof.require_unheld(entry);
        END IF;
        IF EXISTS (SELECT FROM unnest('{retention,classification,adoption}'::text[]) AS d (name)
                    WHERE entry.id = encode(substr(sha256(convert_to('auditproof/' || d.name, 'UTF8') || entry.chain_salt), 1, 16),
                                            'hex')::uuid)
           OR EXISTS (SELECT FROM auditproof.purge p WHERE p.authorised_by = entry.id)
           OR EXISTS (SELECT FROM auditproof.purge_certificate c WHERE c.authorised_by = entry.id) THEN
            RAISE EXCEPTION 'audit entry % is auditproof''s own: others rest on what it tells', entry.id
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        new.entries := new.entries + 1;
    END LOOP;
    IF new.entries <> (SELECT count(DISTINCT x.id) FROM unnest(log_ids) AS x (id)) THEN
        RAISE EXCEPTION 'chain % does not have all of these entries', chain USING ERRCODE = 'invalid_parameter_value';
    END IF;
    new.items := (SELECT sha256(string_agg(uuid_send(x.log_id) || auditproof.group_number(x.name), ''
                                           ORDER BY x.log_id, x.name COLLATE "C"))
                    FROM (SELECT DISTINCT i.log_id, i.name FROM unnest(log_ids, groups) AS i (log_id, name)) AS x);
    new.authorised_by := auditproof.tell_retention(chain,
        CASE outcome WHEN 'erased' THEN 'audit.erasure_decided' ELSE 'audit.erasure_refused' END, 'erasure_decision',
        new.decision_id, 'medium',
        jsonb_strip_nulls(jsonb_build_object('outcome', outcome, 'ground', ground, 'review_on', review_on,
            'entries', new.entries, 'digest', encode(auditproof.decision_digest(new), 'hex'))));
    INSERT INTO auditproof.erasure_decision SELECT new.*;
    INSERT INTO auditproof.erasure_item (chain_id, decision_id, log_id, "group")
    SELECT DISTINCT chain, new.decision_id, i.log_id, i.name FROM unnest(log_ids, groups) AS i (log_id, name);
    RETURN new.decision_id;
END
$body$;
