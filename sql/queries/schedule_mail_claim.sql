-- Claim a mail. Parameters: $1 runner, $2 lease in seconds, $3 how often one is tried at most, $4 for how many seconds one is
-- kept, $5 whether recipients have to be members, $6 the domain of a Message-ID.
-- Columns: report, scheduled_for, recipient, organization, state, attempt, which of the attempts that count it is, error,
--          message_id, queued_at; of the run: type, format, from, until, verdict, sha256 in hexadecimal, bytes, output_url,
--          the entry that tells of it; the report's name and zone, and the organization's name; the bundle's sha256.
--          Times in microseconds since 1970. No row where there is nothing to do
SELECT m.report_id, (extract(epoch FROM m.scheduled_for) * 1000000)::pg_catalog.int8, m.recipient, m.chain_id, m.state, m.attempt,
       m.attempt - m.forgiven, m.error, m.message_id, (extract(epoch FROM m.queued_at) * 1000000)::pg_catalog.int8,
       u.report_type, u.format, (extract(epoch FROM u.from_at) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM u.until_at) * 1000000)::pg_catalog.int8, u.verdict, pg_catalog.encode(u.sha256, 'hex'), u.bytes,
       u.output_url, u.told_by, r.report_name, r.scheduling ->> 'timezone', auditproof.report_organization(m.chain_id),
       pg_catalog.encode(u.bundle_sha256, 'hex')
FROM auditproof.mail_claim($1::pg_catalog.text, $2::pg_catalog.int4 * interval '1 second', $3::pg_catalog.int4,
                           $4::pg_catalog.int4 * interval '1 second', $5::pg_catalog.bool, $6::pg_catalog.text) AS m
JOIN auditproof.report_run AS u ON u.report_id = m.report_id AND u.scheduled_for = m.scheduled_for
LEFT JOIN public.scheduled_reports AS r ON r.id = m.report_id
