-- The register of bundles given out (audit-schema(5), BUNDLES), and the role that may add to it.

DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = 'auditproof_exporter') THEN
        CREATE ROLE auditproof_exporter NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL; -- roles belong to the whole cluster: an installer in another of its databases was first
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'role auditproof_exporter is missing, and % may not create it', current_user
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Install as a role with CREATEROLE, or have somebody run: CREATE ROLE auditproof_exporter NOLOGIN';
END
$do$;

CREATE TABLE IF NOT EXISTS auditproof.bundle (
    chain_id uuid NOT NULL,
    bundle_id uuid NOT NULL,
    kind text NOT NULL,
    sha256 bytea NOT NULL CHECK (pg_catalog.octet_length(sha256) = 32),
    tagmanifest_sha256 bytea NOT NULL CHECK (pg_catalog.octet_length(tagmanifest_sha256) = 32),
    bytes bigint NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    read_at timestamptz NOT NULL,
    seqs int8multirange NOT NULL,
    entries bigint NOT NULL,
    groups text[] NOT NULL CHECK (groups <@ '{account,actor,content}'),
    encrypted_to bytea CHECK (pg_catalog.octet_length(encrypted_to) = 32),
    recipient text,
    registered_by text NOT NULL,
    registered_at timestamptz NOT NULL,
    authorised_by uuid NOT NULL,
    PRIMARY KEY (chain_id, bundle_id)
);
