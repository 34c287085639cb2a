-- What classification leaves: written by its functions only, guarded, told of in the chain, and seen by whom it concerns.
BEGIN;
SELECT plan(56);
\set acme '''00000000-0000-4000-8000-00000000000a'''
\set bolt '''00000000-0000-4000-8000-00000000000b'''
\set ann '''00000000-0000-4000-9000-00000000000a'''
\set bob '''00000000-0000-4000-9000-00000000000b'''
\set root '''00000000-0000-4000-9000-00000000000c'''
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, risk_level)
SELECT :acme, :ann, 'LOGIN', 's', r FROM unnest(ARRAY['low', 'medium', 'high', 'critical', 'low']) r;
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type) VALUES (:bolt, :bob, 'LOGIN', 's');
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
CREATE TEMP TABLE base AS SELECT chain_id, max(seq) AS head, max(seq) - count(*) FILTER (WHERE log_id IN
    (SELECT id FROM audit_logs WHERE action = 'LOGIN' AND resource_type = 's')) AS before
FROM auditproof.chain_entry GROUP BY chain_id;
GRANT SELECT ON base TO PUBLIC;
SELECT sha256('rules') AS rules \gset
\set rules 'sha256(''rules''::bytea)'
CREATE FUNCTION tap.found(VARIADIC items text[]) RETURNS json LANGUAGE sql SET search_path = pg_catalog AS $$
SELECT coalesce(json_agg(json_build_object('seq', split_part(i, ' ', 1)::bigint, 'rule_id', split_part(i, ' ', 2),
                                           'level', split_part(i, ' ', 3), 'title', 'T', 'closed', split_part(i, ' ', 4) = 'closed',
                                           'detail', CASE split_part(i, ' ', 4) WHEN '' THEN NULL ELSE '[{"count": 5}]'::json END,
                                           'groups', CASE split_part(i, ' ', 4) WHEN '' THEN NULL
                                                     ELSE json_build_array(json_build_object('actor_id', '00000000-0000-4000-9000-00000000000a')) END)), '[]')
FROM unnest(items) i
$$;
CREATE FUNCTION tap.record(chain uuid, first bigint, last bigint, most bigint, VARIADIC items text[]) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog AS $$
SELECT auditproof.classify_record(chain, sha256('rules'::bytea), b.before + first, b.before + last, last - first + 1, 'state',
    (SELECT tap.found(VARIADIC (SELECT coalesce(array_agg(b.before + split_part(i, ' ', 1)::bigint || substr(i, strpos(i, ' '))), '{}')
                                FROM unnest(items) i))), most, '1 h')
FROM pg_temp.base b WHERE b.chain_id = chain
$$;

-- Who may.
SELECT is(tap.as_role('auditproof_classifier', '', s), '42501', s)
  FROM unnest(ARRAY['INSERT INTO auditproof.ruleset VALUES (sha256(''a''), ''a'', 1)',
                    'DELETE FROM auditproof.risk_finding', 'UPDATE auditproof.classification SET seq = 1',
                    'SELECT auditproof.classify_tell(''00000000-0000-4000-8000-00000000000a'', '''')',
                    'SELECT count(*) FROM public.audit_logs',
                    'INSERT INTO public.audit_logs (action, resource_type) VALUES (''a'', ''b'')']) s;
SELECT is(tap.as_role(r, :ann, 'SELECT count(*) FROM auditproof.risk_finding'), '42501', r || ' sees no findings')
  FROM unnest(ARRAY['anon', 'authenticated', 'service_role', 'auditproof_writer']) r;
SELECT is(tap.as_role(r, '', 'SELECT auditproof.classify_claim(''00000000-0000-4000-8000-00000000000a'', '''', ''first'')'),
          '42501', r || ' does not classify')
  FROM unnest(ARRAY['anon', 'authenticated', 'service_role', 'auditproof_writer', 'auditproof_auditor', 'auditproof_sealer']) r;
SELECT is(tap.as_role('auditproof_classifier', '', 'SELECT count(*) > 5 FROM auditproof.entry'), 'true', 'it reads entries');

-- A rule set, and a chain to begin with.
SELECT throws_ok('SELECT auditproof.classify_ruleset(sha256(''other''), ''rules'', 1)', '23514', NULL, 'a digest of something else');
SELECT is(tap.as_role('auditproof_classifier', '', 'SELECT auditproof.classify_ruleset(sha256(''rules''), ''rules'', 7)'), 'done', 'kept');
SELECT is(tap.as_role('auditproof_classifier', '', 'SELECT auditproof.classify_ruleset(sha256(''rules''), ''rules'', 8)'), 'done', 'again');
SELECT is((SELECT rule_count FROM auditproof.ruleset), 7, 'once');
SELECT throws_ok('SELECT auditproof.classify_claim(' || quote_literal(:acme) || ', sha256(''none''), ''first'')', '23503', NULL,
                 'no position without a rule set');
SELECT is((SELECT c.seq FROM auditproof.classify_claim(:acme, :rules, 'first') c), 0::bigint, 'at the first');
SELECT is((SELECT c.seq FROM auditproof.classify_claim(:bolt, :rules, 'now') c), (SELECT head FROM base WHERE chain_id = :bolt),
          'behind the last');
UPDATE auditproof.classification SET seq = (SELECT before FROM base WHERE base.chain_id = :acme) WHERE chain_id = :acme;
SELECT auditproof.classify_ruleset(sha256('later'), 'later', 1);
SELECT is((SELECT c.seq FROM auditproof.classify_claim(:acme, sha256('later'), 'furthest') c),
          (SELECT before FROM base WHERE base.chain_id = :acme), 'where another rule set got');

-- Recording.
SELECT throws_ok('SELECT tap.record(' || quote_literal(:acme) || '::uuid, 2, 3, 100, VARIADIC ''{}'')', '40001', NULL, 'not the next');
SELECT throws_ok('SELECT tap.record(' || quote_literal(:acme) || '::uuid, 1, 9, 100, VARIADIC ''{}'')', '40001', NULL, 'past the head');
SELECT is(tap.record(:acme, 1, 3, 100, '1 r1 high', '1 r2 critical closed', '3 r1 low', '3 r3 informational'), false, 'the batch stays open');
SELECT is((SELECT array_agg(batch_from - b.before ORDER BY batch_from) FROM auditproof.classification p JOIN base b USING (chain_id)
           WHERE p.batch_from IS NOT NULL), ARRAY[1::bigint], 'from the first');
SELECT is(count(*), 0::bigint, 'nothing is told yet') FROM audit_logs WHERE action = 'audit.classified';
SELECT is(tap.record(:acme, 4, 5, 5, '5 r1 medium done'), true, 'it is ended');
SELECT results_eq(
    $$SELECT l.metadata - 'login' - 'digest' - 'ruleset' FROM audit_logs l WHERE l.action = 'audit.classified'$$,
    $$SELECT jsonb_build_object('source', 'auditproof', 'chain_id', b.chain_id, 'from_seq', b.before + 1,
        'through_seq', b.before + 5, 'entries', 5, 'findings', 5, 'levels',
        '{"critical": 1, "high": 1, "medium": 1, "low": 1, "informational": 1}'::jsonb)
      FROM base b WHERE b.chain_id = '00000000-0000-4000-8000-00000000000a'$$, 'what the chain tells');
SELECT is(l.metadata ->> 'digest', encode(sha256(convert_to((
        SELECT string_agg(format('[%s, "%s", "%s", "%s", "T", %s, %s]', f.seq, f.log_id, f.rule_id, f.level, f.closed::text,
                                 coalesce(f.detail::text, 'null')) || chr(10), '' ORDER BY f.seq, f.rule_id COLLATE "C")
        FROM auditproof.risk_finding f), 'UTF8')), 'hex'), 'the digest')
  FROM audit_logs l WHERE l.action = 'audit.classified';
SELECT is(uuid_send(l.id), substr(sha256('auditproof/classification'::bytea || l.chain_salt), 1, 16), 'its id is of its salt')
  FROM audit_logs l WHERE l.action = 'audit.classified';
SELECT is((SELECT p.seq FROM auditproof.classification p WHERE p.chain_id = :acme AND p.ruleset = :rules),
          (SELECT max(seq) FROM auditproof.chain_entry WHERE chain_id = :acme), 'the position is past it');
SELECT is((SELECT p.batch_from FROM auditproof.classification p WHERE p.chain_id = :acme AND p.ruleset = :rules), NULL, 'no batch is open');
SELECT is(tap.chain_faults(), 0::bigint, 'the chain is sound');
SELECT is(auditproof.classify_close(:acme, :rules, '0 s'), false, 'nothing to end');

-- Guards.
SELECT throws_ok(s, '23001', NULL, s) FROM unnest(ARRAY[
    'DELETE FROM auditproof.risk_finding', 'TRUNCATE auditproof.risk_finding', 'UPDATE auditproof.risk_finding SET level = ''low''',
    'UPDATE auditproof.risk_finding SET detail = NULL WHERE detail IS NOT NULL', 'DELETE FROM auditproof.ruleset',
    'UPDATE auditproof.ruleset SET rule_count = 8', 'DELETE FROM auditproof.classification', 'TRUNCATE auditproof.classification',
    'UPDATE auditproof.classification SET seq = seq - 1']) s;

-- The effective level, and who sees it.
SELECT results_eq(
    $$SELECT c.seq - b.before, r.risk_level, r.effective_level, r.findings
      FROM auditproof.entry_risk r JOIN auditproof.chain_entry c ON c.log_id = r.id
      JOIN base b ON b.chain_id = c.chain_id
      WHERE r.organization_id = '00000000-0000-4000-8000-00000000000a' AND r.resource_type = 's' ORDER BY 1$$,
    $$VALUES (1::bigint, 'low', 'high', 1::bigint), (2, 'medium', 'medium', 0), (3, 'high', 'high', 2),
             (4, 'critical', 'critical', 0), (5, 'low', 'medium', 1)$$, 'the higher of the two');
GRANT USAGE ON SCHEMA auditproof TO authenticated;
GRANT SELECT ON auditproof.entry_risk, auditproof.risk_finding TO authenticated;
SELECT is(tap.as_role('authenticated', s.id, 'SELECT count(*) FROM auditproof.risk_finding'), s.findings, 'findings for ' || s.id)
  FROM (VALUES (:ann, '5'), (:bob, '0'), (:root, '5')) AS s (id, findings);
SELECT is(tap.as_role('authenticated', :bob, 'SELECT count(*) FROM auditproof.entry_risk WHERE organization_id <> '
    || quote_literal(:bolt)), '0', 'entries of others are hidden');
SELECT is(tap.as_role('authenticated', :ann, 'SELECT count(*) FROM auditproof.entry_risk WHERE findings > 0'), '3', 'own ones are not');

-- What findings are grouped by goes with the account.
SELECT is(count(*), 2::bigint, 'grouped by an account') FROM auditproof.risk_finding WHERE groups IS NOT NULL;
DELETE FROM auth.users WHERE id = :ann;
SELECT is(count(*), 0::bigint, 'which was deleted') FROM auditproof.risk_finding WHERE groups IS NOT NULL;
SELECT is(count(*), 5::bigint, 'the findings stay') FROM auditproof.risk_finding;
SELECT * FROM finish();
ROLLBACK;
