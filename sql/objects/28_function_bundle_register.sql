-- Registers a bundle that was written, and tells of it by one chained entry. What it holds is what the caller says: which
-- entries, and which of their groups anything came in of. Returns the bundle's id in the register.
CREATE OR REPLACE FUNCTION auditproof.bundle_register(chain uuid, kind text, sha256 bytea, tagmanifest_sha256 bytea, bytes bigint,
                                                      from_at timestamptz, to_at timestamptz, read_at timestamptz,
                                                      seqs int8multirange, entries bigint, groups text[],
                                                      encrypted_to bytea, recipient text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    new auditproof.bundle;
BEGIN
    IF kind NOT IN ('soc2', 'gdpr-subject', 'gdpr-breach', 'sample', 'case') OR kind IS NULL OR from_at >= to_at
       OR read_at NOT BETWEEN '2000-01-01 00:00:00+00' AND clock_timestamp() OR recipient !~ '\S' OR entries < 0 OR bytes < 1 THEN
        RAISE EXCEPTION 'a bundle in the register is of a kind that auditproof makes, has a period, was read before now, and '
                        'names a recipient or none' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF recipient LIKE '%@%' THEN
        RAISE EXCEPTION 'an e-mail address of a recipient would stay on record'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Name the firm, the office, or the number of the request instead.';
    END IF;
    IF NOT EXISTS (SELECT FROM auditproof.chain c WHERE c.chain_id = chain) THEN
        RAISE EXCEPTION 'there is no chain %', chain USING ERRCODE = 'invalid_parameter_value';
    END IF;
    new := (chain, gen_random_uuid(), kind, sha256, tagmanifest_sha256, bytes, from_at, to_at, read_at, seqs, entries, groups,
            encrypted_to, recipient, session_user, clock_timestamp(), NULL);
    new.authorised_by := auditproof.tell_retention(chain, 'audit.exported', 'bundle', new.bundle_id, 'medium',
        jsonb_strip_nulls(jsonb_build_object('kind', kind, 'sha256', encode(sha256, 'hex'), 'bytes', bytes,
            'from', to_char(from_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'to', to_char(to_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'first_seq', lower(seqs), 'last_seq', upper(seqs) - 1, 'entries', entries, 'groups', to_jsonb(groups),
            'encrypted_to', encode(encrypted_to, 'hex'), 'recipient', recipient,
            'digest', encode(auditproof.bundle_digest(new), 'hex'))));
    INSERT INTO auditproof.bundle SELECT new.*;
    RETURN new.bundle_id;
END
$body$;
