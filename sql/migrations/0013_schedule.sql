-- Reports that run unattended: what became of each time that one was due (audit-schema(5), SCHEDULED REPORTS), and the role
-- that runs them.

DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = 'auditproof_scheduler') THEN
        CREATE ROLE auditproof_scheduler NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL; -- roles belong to the whole cluster: an installer in another of its databases was first
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'role auditproof_scheduler is missing, and % may not create it', current_user
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Install as a role with CREATEROLE, or have somebody run: CREATE ROLE auditproof_scheduler NOLOGIN';
END
$do$;

-- The key is what makes a report run once for each time that it is due, however many runners there are.
CREATE TABLE IF NOT EXISTS auditproof.report_run (
    report_id uuid NOT NULL,
    scheduled_for timestamptz NOT NULL,
    chain_id uuid NOT NULL,
    report_type text NOT NULL,
    format text NOT NULL,
    from_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL CHECK (until_at >= from_at),
    state text NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled', 'skipped')),
    attempt integer NOT NULL CHECK (attempt >= 0), -- never counts back, so that each is another's
    forgiven integer NOT NULL CHECK (forgiven >= 0), -- attempts that do not count towards giving up
    due_at timestamptz NOT NULL, -- not to be run before
    runner text,
    lease_until timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    error text,
    output_url text,
    sha256 bytea CHECK (pg_catalog.octet_length(sha256) = 32),
    bytes bigint,
    verdict text,
    bundle_sha256 bytea CHECK (pg_catalog.octet_length(bundle_sha256) = 32), -- of the evidence bundle beside the report
    told_by uuid, -- the entry that tells of its end
    retried_at timestamptz, -- when somebody had it tried again, after it had failed
    PRIMARY KEY (report_id, scheduled_for)
) WITH (fillfactor = 70);

-- What is to be mailed of a run, and what became of it. Recorded with the run's end, so that neither is without the other.
CREATE TABLE IF NOT EXISTS auditproof.report_mail (
    report_id uuid NOT NULL,
    scheduled_for timestamptz NOT NULL,
    recipient text NOT NULL, -- in lower case
    chain_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'failed')),
    attempt integer NOT NULL CHECK (attempt >= 0), -- never counts back, so that each is another's
    forgiven integer NOT NULL CHECK (forgiven >= 0), -- attempts that do not count towards giving up
    queued_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL, -- not to be sent before
    message_id text, -- the same for every attempt, by whichever runner
    runner text,
    lease_until timestamptz,
    ended_at timestamptz,
    error text,
    again_at timestamptz, -- when somebody last had it sent again
    PRIMARY KEY (report_id, scheduled_for, recipient),
    FOREIGN KEY (report_id, scheduled_for) REFERENCES auditproof.report_run (report_id, scheduled_for)
) WITH (fillfactor = 70);

-- What somebody was told of reports (auditproof.report_trouble), or is to be. The key is what makes it once.
CREATE TABLE IF NOT EXISTS auditproof.report_notice (
    report_id uuid NOT NULL,
    scheduled_for timestamptz NOT NULL,
    moment text NOT NULL CHECK (moment IN ('failed', 'late', 'wrong', 'mail')),
    about text NOT NULL, -- tells one trouble of that moment from the next
    chain_id uuid NOT NULL,
    attempt integer NOT NULL CHECK (attempt >= 1),
    tried_at timestamptz NOT NULL,
    claimed_until timestamptz NOT NULL, -- somebody is being told
    told_at timestamptz,
    error text, -- what went wrong the last time
    PRIMARY KEY (report_id, scheduled_for, moment, about)
) WITH (fillfactor = 70);
