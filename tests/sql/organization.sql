-- organizations ... ON DELETE CASCADE: refused inside the window, recorded after it.
BEGIN;
SELECT plan(22);
SELECT is(auditproof.retention_until(c::timestamptz, r::timestamptz, 7), d::date, format('%s, %s: %s', c, r, d))
  FROM (VALUES ('2019-01-01 00:00Z', '2019-01-01 00:00Z', '2026-01-02'),
               ('2019-01-01 23:59:59.999999Z', '2018-01-01 00:00Z', '2026-01-02'),
               ('2019-12-31 23:00-02', NULL, '2027-01-02'),
               ('2020-02-29 12:00Z', '2020-02-29 12:00Z', '2027-03-02'),
               ('2020-02-28 12:00Z', '2020-02-28 12:00Z', '2027-03-01'),
               ('2021-02-28 12:00Z', NULL, '2028-02-29'),
               ('2017-01-01 00:00Z', '2020-06-01 00:00Z', '2027-06-02'),
               ('infinity', '2020-06-01 00:00Z', 'infinity'),
               ('-infinity', '2020-06-01 00:00Z', '2027-06-02')) AS x (c, r, d);
SELECT is((SELECT count(*)::int
             FROM generate_series(0, 1600) AS n
            CROSS JOIN LATERAL (SELECT '2026-12-01'::date + n, 7 + n % 4) AS t (today, years)
            CROSS JOIN LATERAL (SELECT auditproof.retention_cutoff(t.today, t.years)) AS c (cutoff)
            WHERE (auditproof.retention_until(c.cutoff - interval '1 us', NULL, t.years) <= t.today
                   AND auditproof.retention_until(c.cutoff, NULL, t.years) > t.today) IS NOT TRUE), 0,
    'the cutoff of a day is where retention_until passes it');

-- Bolt's entries are old: chained by hand, for the database's own clock cannot be turned back.
CREATE FUNCTION pg_temp.chain_old(claimed timestamptz, recorded timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    e audit_logs;
    head auditproof.chain_entry;
BEGIN
    ALTER TABLE audit_logs DISABLE TRIGGER auditproof_chain;
    INSERT INTO audit_logs (organization_id, action, resource_type, created_at)
    VALUES ('00000000-0000-4000-8000-00000000000b', 'old', 'x', claimed) RETURNING * INTO e;
    ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER auditproof_chain;
    INSERT INTO auditproof.chain VALUES (e.organization_id) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM auditproof.chain_entry c WHERE c.chain_id = e.organization_id ORDER BY c.seq DESC LIMIT 1;
    INSERT INTO auditproof.chain_entry VALUES (e.organization_id, coalesce(head.seq, 0) + 1, e.id, recorded,
        auditproof.content_hash(e), auditproof.entry_hash(e.organization_id, coalesce(head.seq, 0) + 1, recorded,
            coalesce(head.entry_hash, decode(repeat('00', 32), 'hex')), auditproof.content_hash(e)));
END
$$;
SELECT pg_temp.chain_old(now() - interval '8 years', now() - interval '8 years' + i * interval '1 s')
  FROM generate_series(1, 5) i;
INSERT INTO audit_logs (organization_id, action, resource_type)
VALUES ('00000000-0000-4000-8000-00000000000a', 'new', 'x');

SELECT throws_ok($$DELETE FROM organizations WHERE id = '00000000-0000-4000-8000-00000000000a'$$, '23001',
    format('organization 00000000-0000-4000-8000-00000000000a has audit entries that must be kept until %s',
           auditproof.retention_until(now(), now(), 7)), 'a tenant with an entry of this transaction stays');
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SELECT throws_ok($$DELETE FROM organizations WHERE id = '00000000-0000-4000-8000-00000000000a'$$, '23001', NULL,
    'and so it does once that is chained');
SAVEPOINT late_claim;
SELECT pg_temp.chain_old(now() - interval '8 years', now() - interval '6 years');
SELECT throws_ok($$DELETE FROM organizations WHERE id = '00000000-0000-4000-8000-00000000000b'$$, '23001',
    format('organization 00000000-0000-4000-8000-00000000000b has audit entries that must be kept until %s',
           auditproof.retention_until(NULL, now() - interval '6 years', 7)), 'back-dating an entry does not free it');
ROLLBACK TO late_claim;
SELECT throws_ok($$DELETE FROM audit_logs WHERE organization_id = '00000000-0000-4000-8000-00000000000b'$$, '23001', NULL,
    'past the window, too, nobody deletes entries as such');

SELECT lives_ok($$DELETE FROM organizations WHERE id = '00000000-0000-4000-8000-00000000000b'$$,
    'past the window a tenant goes');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is((SELECT count(*)::int FROM audit_logs WHERE action = 'old'), 0, 'and its entries with it');
SELECT is((SELECT count(*)::int FROM auditproof.chain_entry WHERE chain_id = '00000000-0000-4000-8000-00000000000b'), 5,
    'their chain stays');
SELECT is((SELECT format('%s %s', p.entries, p.reason) FROM auditproof.purge p
            WHERE p.chain_id = '00000000-0000-4000-8000-00000000000b'), '5 organization deleted', 'the purge is recorded');
SELECT is((SELECT format('%s-%s', r.from_seq, r.to_seq) FROM auditproof.purge_range r JOIN auditproof.purge p
               USING (chain_id, purge_id) WHERE r.chain_id = '00000000-0000-4000-8000-00000000000b'), '1-5',
    'with the seqs that left');
SELECT is((SELECT format('%s %s %s', l.resource_id, l.metadata ->> 'entries', l.organization_id IS NULL) FROM audit_logs l
             JOIN auditproof.purge p ON p.authorised_by = l.id
             JOIN auditproof.chain_entry c ON c.log_id = l.id AND c.chain_id = auditproof.chain_of(NULL)
            WHERE l.action = 'audit.entries_purged'),
    '00000000-0000-4000-8000-00000000000b 5 t', 'one chained entry of the system tells of it');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000ee', 'Empty');
SELECT lives_ok($$DELETE FROM organizations WHERE id = '00000000-0000-4000-8000-0000000000ee'$$,
    'a tenant without entries goes at any time');
SELECT is((SELECT count(*)::int FROM auditproof.purge), 1, 'and needs no purge');
SELECT * FROM finish();
ROLLBACK;
