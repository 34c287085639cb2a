-- Erases what a decision says, of the next entries after an id: their commitments are kept, one chained entry authorises it,
-- and the fields go, all in the caller's transaction. What is done is done once; what a legal hold has come to cover since is
-- passed over. `through` is NULL when there was nothing left.
CREATE OR REPLACE FUNCTION auditproof.erase_batch(chain uuid, decision uuid, after uuid, most integer, OUT through uuid,
                                                  OUT entries bigint, OUT held bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    chosen uuid[];
    why text;
    entry public.audit_logs;
    names text[];
    log_ids uuid[] := '{}';
    groups text[] := '{}';
    commitments bytea[] := '{}';
    words text[] := '{}';
    authority uuid;
BEGIN
    entries := 0;
    held := 0;
    PERFORM auditproof.lock_retention();
    -- one batch of a decision after the other
    SELECT d.ground INTO why FROM auditproof.erasure_decision d
     WHERE d.chain_id = chain AND d.decision_id = decision AND d.outcome = 'erased' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no decision % to erase anything', decision USING ERRCODE = 'invalid_parameter_value';
    END IF;
    chosen := ARRAY(SELECT DISTINCT i.log_id FROM auditproof.erasure_item i
                     WHERE i.chain_id = chain AND i.decision_id = decision AND (after IS NULL OR i.log_id > after)
                       AND NOT EXISTS (SELECT FROM auditproof.erasure e
                                        WHERE e.chain_id = chain AND e.log_id = i.log_id AND e."group" = i."group")
                     ORDER BY 1 LIMIT most);
    through := chosen[cardinality(chosen)];
    PERFORM FROM public.audit_logs l
      WHERE l.id = ANY (chosen) AND auditproof.chain_of(l.organization_id) = chain ORDER BY l.id FOR UPDATE;
    FOR entry IN
        SELECT l.* FROM public.audit_logs l
         WHERE l.id = ANY (chosen) AND auditproof.chain_of(l.organization_id) = chain ORDER BY l.id
    LOOP
        IF EXISTS (SELECT FROM auditproof.holds_on(entry)) THEN
            held := held + 1;
            CONTINUE;
        END IF;
        IF auditproof.content_hash(entry) IS DISTINCT FROM (
               SELECT c.content_hash FROM auditproof.chain_entry c WHERE c.chain_id = chain AND c.log_id = entry.id) THEN
            RAISE EXCEPTION 'audit entry % is not as it was chained', entry.id
                USING ERRCODE = 'data_corrupted', HINT = 'Nothing is erased over it: see what `auditverify` says.';
        END IF;
        names := ARRAY(SELECT i."group" FROM auditproof.erasure_item i
                        WHERE i.chain_id = chain AND i.decision_id = decision AND i.log_id = entry.id
                          AND NOT EXISTS (SELECT FROM auditproof.erasure e
                                           WHERE e.chain_id = chain AND e.log_id = i.log_id AND e."group" = i."group"));
        CONTINUE WHEN cardinality(names) = 0;
        log_ids := log_ids || array_fill(entry.id, ARRAY[cardinality(names)]);
        groups := groups || names;
        commitments := commitments || ARRAY(SELECT auditproof.group_commitment(entry, n.name) FROM unnest(names) AS n (name));
        words := words || ARRAY(SELECT auditproof.erased_words(entry, names));
        entries := entries + 1;
    END LOOP;
    IF entries = 0 THEN
        RETURN;
    END IF;
    authority := auditproof.tell_retention(chain, 'audit.fields_erased', 'erasure_decision', decision, 'high',
        jsonb_build_object('entries', entries, 'groups', cardinality(groups),
                           'digest', encode(auditproof.erasure_digest(log_ids, groups, commitments), 'hex')));
    INSERT INTO auditproof.erasure (chain_id, log_id, "group", commitment, erased_at, reason, authorised_by)
    SELECT chain, x.log_id, x.name, x.commitment, clock_timestamp(), 'on request, ' || why, authority
      FROM unnest(log_ids, groups, commitments) AS x (log_id, name, commitment);
    PERFORM auditproof.erase_forget(chain, log_ids, words);
    UPDATE public.audit_logs l
       SET actor_id = CASE WHEN x.account THEN NULL ELSE l.actor_id END,
           actor_email = CASE WHEN x.actor THEN NULL ELSE l.actor_email END,
           ip_address = CASE WHEN x.actor THEN NULL ELSE l.ip_address END,
           user_agent = CASE WHEN x.actor THEN NULL ELSE l.user_agent END,
           session_id = CASE WHEN x.actor THEN NULL ELSE l.session_id END,
           resource_id = CASE WHEN x.content THEN NULL ELSE l.resource_id END,
           old_values = CASE WHEN x.content THEN NULL ELSE l.old_values END,
           new_values = CASE WHEN x.content THEN NULL ELSE l.new_values END,
           metadata = CASE WHEN x.content THEN NULL ELSE l.metadata END,
           chain_salt = CASE WHEN x.account THEN decode(repeat('00', 16), 'hex') ELSE substr(l.chain_salt, 1, 16) END
               || CASE WHEN x.actor THEN decode(repeat('00', 16), 'hex') ELSE substr(l.chain_salt, 17, 16) END
               || CASE WHEN x.content THEN decode(repeat('00', 16), 'hex') ELSE substr(l.chain_salt, 33, 16) END
      FROM (SELECT u.log_id, bool_or(u.name = 'account') AS account, bool_or(u.name = 'actor') AS actor,
                   bool_or(u.name = 'content') AS content
              FROM unnest(log_ids, groups) AS u (log_id, name) GROUP BY u.log_id) AS x
     WHERE l.id = x.log_id AND auditproof.chain_of(l.organization_id) = chain;
END
$body$;
