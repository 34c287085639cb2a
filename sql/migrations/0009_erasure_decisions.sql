-- Erasure on request (audit-schema(5), ERASURE): what was decided, and which groups of which entries it is about. Nothing here
-- says whose they were.

CREATE TABLE IF NOT EXISTS auditproof.erasure_decision (
    chain_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('erased', 'kept')),
    ground text NOT NULL,
    reason text NOT NULL,
    review_on date,
    entries bigint NOT NULL,
    items bytea NOT NULL CHECK (pg_catalog.octet_length(items) = 32),
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    authorised_by uuid NOT NULL,
    PRIMARY KEY (chain_id, decision_id),
    CONSTRAINT erasure_decision_review_check CHECK ((outcome = 'kept') = (review_on IS NOT NULL))
);

CREATE TABLE IF NOT EXISTS auditproof.erasure_item (
    chain_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    log_id uuid NOT NULL,
    "group" text NOT NULL CHECK ("group" IN ('account', 'actor', 'content')),
    PRIMARY KEY (chain_id, decision_id, log_id, "group"),
    FOREIGN KEY (chain_id, decision_id) REFERENCES auditproof.erasure_decision (chain_id, decision_id)
);
