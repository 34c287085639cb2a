-- The roles, the schema, and the tables that hold data. Never edited after release: what changes comes as a later number.

DO $do$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['auditproof_owner', 'auditproof_writer', 'auditproof_auditor', 'auditproof_sealer',
                                'auditproof_retainer', 'auditproof_approver'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = name);
        BEGIN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL; -- roles belong to the whole cluster: an installer in another of its databases was first
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'role % is missing, and % may not create it', name, current_user
                    USING ERRCODE = 'insufficient_privilege',
                          HINT = pg_catalog.format('Install as a role with CREATEROLE, or have somebody run: '
                                                   'CREATE ROLE %I NOLOGIN', name);
        END;
    END LOOP;
    -- What is ours belongs to a role that nobody logs in as. The installer must be able to hand it over.
    IF NOT pg_catalog.pg_has_role('auditproof_owner', 'USAGE') THEN
        EXECUTE pg_catalog.format('GRANT auditproof_owner TO %I', current_user);
    END IF;
END
$do$;

CREATE SCHEMA IF NOT EXISTS auditproof;

CREATE TABLE IF NOT EXISTS auditproof.migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 bytea NOT NULL,
    applied_at timestamptz NOT NULL,
    applied_by text NOT NULL,
    version text NOT NULL
);

CREATE TABLE IF NOT EXISTS auditproof.chain (
    chain_id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);

-- No foreign keys and no checks here: each would be paid for by every entry the application writes, and what they would
-- forbid is what verification looks for.
CREATE TABLE IF NOT EXISTS auditproof.chain_entry (
    chain_id uuid NOT NULL,
    seq bigint NOT NULL,
    log_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    content_hash bytea NOT NULL,
    entry_hash bytea NOT NULL,
    PRIMARY KEY (chain_id, seq),
    UNIQUE (chain_id, log_id)
);

CREATE TABLE IF NOT EXISTS auditproof.erasure (
    chain_id uuid NOT NULL,
    log_id uuid NOT NULL,
    "group" text NOT NULL CHECK ("group" IN ('account', 'actor', 'content')),
    commitment bytea NOT NULL CHECK (pg_catalog.octet_length(commitment) = 32),
    erased_at timestamptz NOT NULL,
    reason text NOT NULL,
    authorised_by uuid NOT NULL,
    PRIMARY KEY (chain_id, log_id, "group")
);

CREATE TABLE IF NOT EXISTS auditproof.purge (
    chain_id uuid NOT NULL,
    purge_id uuid NOT NULL,
    purged_at timestamptz NOT NULL,
    reason text NOT NULL,
    entries bigint NOT NULL CHECK (entries >= 0),
    authorised_by uuid NOT NULL,
    PRIMARY KEY (chain_id, purge_id)
);

CREATE TABLE IF NOT EXISTS auditproof.purge_range (
    chain_id uuid NOT NULL,
    purge_id uuid NOT NULL,
    from_seq bigint NOT NULL CHECK (from_seq >= 1),
    to_seq bigint NOT NULL,
    PRIMARY KEY (chain_id, purge_id, from_seq),
    CHECK (to_seq >= from_seq)
);

-- Without a default first, so that a table of any size takes it at once; rows that were there before get their salts
-- when they are adopted.
ALTER TABLE public.audit_logs ADD COLUMN IF NOT EXISTS chain_salt bytea;
ALTER TABLE public.audit_logs ALTER COLUMN chain_salt SET DEFAULT
    pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) OPERATOR(pg_catalog.||)
    pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) OPERATOR(pg_catalog.||)
    pg_catalog.uuid_send(pg_catalog.gen_random_uuid());
