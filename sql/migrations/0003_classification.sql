-- What the classification of entries by risk rules leaves: the rule sets, what they found, and how far they got.

DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = 'auditproof_classifier') THEN
        CREATE ROLE auditproof_classifier NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL; -- roles belong to the whole cluster: an installer in another of its databases was first
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'role auditproof_classifier is missing, and % may not create it', current_user
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Install as a role with CREATEROLE, or have somebody run: CREATE ROLE auditproof_classifier NOLOGIN';
END
$do$;

-- Every rule set that was ever used, whole, so that what it found can be found again.
CREATE TABLE IF NOT EXISTS auditproof.ruleset (
    digest bytea PRIMARY KEY CHECK (digest = pg_catalog.sha256(packed)),
    packed bytea NOT NULL,
    rule_count integer NOT NULL,
    first_used_at timestamptz NOT NULL
);

-- Which rule matched which entry. The key is what makes a finding be recorded once.
CREATE TABLE IF NOT EXISTS auditproof.risk_finding (
    chain_id uuid NOT NULL,
    ruleset bytea NOT NULL,
    seq bigint NOT NULL,
    rule_id text NOT NULL,
    log_id uuid NOT NULL,
    level text NOT NULL CHECK (level IN ('informational', 'low', 'medium', 'high', 'critical')),
    title text NOT NULL,
    -- true for a correlation that its window's end decided ("fewer than"): no matter of this entry, whose time showed it
    closed boolean NOT NULL,
    -- of a correlation: json, not jsonb, because it is hashed as it was written
    detail json,
    -- what a correlation was grouped by: the only column that can hold personal data, not hashed, and may become NULL
    groups json,
    found_at timestamptz NOT NULL,
    PRIMARY KEY (chain_id, ruleset, seq, rule_id)
);

-- How far a rule set got in a chain, with what its correlations have open, and the batch that no chained entry tells
-- of yet. Updated in place for each batch: room on the page keeps that from touching the index.
CREATE TABLE IF NOT EXISTS auditproof.classification (
    chain_id uuid NOT NULL,
    ruleset bytea NOT NULL REFERENCES auditproof.ruleset (digest),
    seq bigint NOT NULL,
    state bytea,
    batch_from bigint,
    batch_entries bigint NOT NULL,
    batch_at timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (chain_id, ruleset)
) WITH (fillfactor = 70);
