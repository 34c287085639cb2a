-- Chains an entry when its transaction commits: reads the head of the tenant's chain and appends (audit-format(5)).
--
-- The row is the one that was inserted, whatever the transaction did to it since: an account erased on the way has its
-- commitment kept, so the hash computed here is the one that verifies.
--
-- The head is read without a lock, for nearly always nobody else is appending; the key (chain_id, seq) makes a fork
-- impossible, and a transaction that meets another's uncommitted entry waits for its end. Whoever lost queues in
-- auditproof.append. Above READ COMMITTED the head may be out of date for good, and then ON CONFLICT itself raises 40001.
--
-- A follower that is idle holds the lock that is tried at the end (audit-schema(5), Notifications), so that nobody pays
-- for NOTIFY, during which commits wait for one another, while nobody waits for entries. Where transactions may be
-- prepared nothing is sent, because one that has sent something cannot be.
--
-- Every expression here is paid for by every entry: json_build_array costs less than concatenation, a branch that is not
-- taken costs nothing, two statements cost less than one with a sub-select, and an expression assigned to a variable is
-- prepared once a transaction where one inside a statement is prepared for each row. Behind a head that this very
-- transaction wrote nobody else can append, so a bulk load is spared ON CONFLICT, which costs a look-up and a log record
-- a row; were that ever wrong, the key would raise an error. enable_seqscan is off because a plan made
-- while the table is empty would otherwise scan it for each row of a bulk load.
CREATE OR REPLACE FUNCTION auditproof.chain_at_commit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    chain uuid;
    content bytea;
    head bigint;
    prev bytea;
    link bytea;
    own boolean;
    at timestamptz;
BEGIN
    chain := coalesce(NEW.organization_id, '00000000-0000-0000-0000-000000000000');
    IF octet_length(NEW.chain_salt) = 48 AND NEW.created_at > '-infinity'
       AND NEW.created_at < '294247-01-01 00:00:00+00' AND NEW.old_values IS DISTINCT FROM 'null'
       AND NEW.new_values IS DISTINCT FROM 'null' AND NEW.metadata IS DISTINCT FROM 'null' THEN
        content := sha256(convert_to(json_build_array('auditproof/1', NEW.id, NEW.organization_id,
            trunc(extract(epoch FROM NEW.created_at) * 1000000), NEW.actor_role, NEW.action, NEW.resource_type,
            NEW.risk_level,
            encode(sha256(E'\\x02'::bytea || substr(NEW.chain_salt, 1, 16)
                || convert_to(json_build_array(NEW.actor_id)::text, 'UTF8')), 'hex'),
            encode(sha256(E'\\x02'::bytea || substr(NEW.chain_salt, 17, 16)
                || convert_to(json_build_array(NEW.actor_email, NEW.ip_address, NEW.user_agent, NEW.session_id)::text,
                              'UTF8')), 'hex'),
            encode(sha256(E'\\x02'::bytea || substr(NEW.chain_salt, 33, 16)
                || convert_to(json_build_array(NEW.resource_id, NEW.old_values, NEW.new_values, NEW.metadata)::text,
                              'UTF8')), 'hex'))::text, 'UTF8'));
    ELSE
        IF octet_length(NEW.chain_salt) IS DISTINCT FROM 48 THEN
            RAISE EXCEPTION 'audit_logs: entry % has a chain_salt of % bytes, not 48', NEW.id,
                            coalesce(octet_length(NEW.chain_salt), 0)
                USING ERRCODE = 'check_violation', HINT = 'Leave chain_salt out: its default fills it.';
        END IF;
        content := auditproof.content_hash(NEW);
    END IF;

    SELECT e.seq, e.entry_hash, e.xmin = pg_current_xact_id()::xid INTO head, prev, own
      FROM auditproof.chain_entry e WHERE e.chain_id = chain ORDER BY e.seq DESC LIMIT 1;
    IF FOUND THEN
        at := clock_timestamp();
        head := head + 1;
        -- PostgreSQL counts microseconds from 2000, which is 262968 hours after 1970.
        link := sha256(E'\\x0041503145'::bytea || uuid_send(chain) || int8send(head)
                       || timestamptz_send(at + interval '262968 hours') || prev || content);
        IF own THEN
            INSERT INTO auditproof.chain_entry VALUES (chain, head, NEW.id, at, content, link);
            RETURN NULL;
        END IF;
        INSERT INTO auditproof.chain_entry VALUES (chain, head, NEW.id, at, content, link)
        ON CONFLICT (chain_id, seq) DO NOTHING;
    END IF;
    IF NOT FOUND THEN
        PERFORM auditproof.append(chain, NEW.id, content);
    END IF;

    IF NOT pg_try_advisory_xact_lock_shared(1635083369, 1952542836) THEN
        -- Nor where nobody reads what others have sent: a commit fails when it finds the queue full.
        PERFORM pg_notify('auditproof_entry', chain::text)
          WHERE current_setting('max_prepared_transactions') = '0' AND pg_notification_queue_usage() < 0.5;
    END IF;
    RETURN NULL;
END
$body$;
