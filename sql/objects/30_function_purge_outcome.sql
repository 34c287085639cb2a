-- The text of a purge's certificate (audit-certificate(5)), but for its first line and its signatures: what left and what
-- stays, once nothing more is to be deleted. given: {"creator", "backups_expire", "method"} as whoever executes says.
CREATE OR REPLACE FUNCTION auditproof.purge_outcome(plan bytea, given json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    at CONSTANT timestamptz := clock_timestamp();
    begun auditproof.purge_execution;
    tab text;
    wanted json;
    parts json[];
    policy record;
    sums record;
BEGIN
    SELECT x.* INTO begun FROM auditproof.purge_execution x WHERE x.digest = plan FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the plan % is not begun', encode(plan, 'hex') USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM auditproof.lock_retention();
    SELECT p.text::json INTO wanted FROM auditproof.purge_plan p WHERE p.digest = plan;
    tab := wanted ->> 'table';
    SELECT array_agg(CASE tab WHEN 'audit_logs' THEN auditproof.purge_result(plan, begun.purge_id, c.part)
                              ELSE auditproof.purge_result_rows(plan, c.part) END ORDER BY c.place)
      INTO parts
      FROM json_array_elements(wanted -> 'chains') WITH ORDINALITY AS c (part, place);
    SELECT p.* INTO policy FROM auditproof.retention_policy p
     WHERE p.table_name = tab AND p.chain_id = '00000000-0000-0000-0000-000000000000' AND p.set_at <= begun.started_at
     ORDER BY p.version DESC LIMIT 1;
    SELECT sum((p.part ->> 'destroyed')::bigint) AS destroyed, min(p.part ->> 'recorded_from') AS recorded_from,
           max(p.part ->> 'recorded_to') AS recorded_to
      INTO sums FROM unnest(parts) AS p (part);
    RETURN json_build_object('certificate', 'auditproof/certificate/1', 'creator', given ->> 'creator',
        'database', current_database(), 'series', tab, 'plan', encode(plan, 'hex'), 'purge_id', begun.purge_id,
        'schedule', CASE WHEN policy.version IS NOT NULL THEN
            json_build_object('class', policy.class, 'item', tab, 'version', policy.version, 'period', policy.period,
                              'unit', policy.unit, 'basis', policy.basis, 'jurisdiction', policy.jurisdiction,
                              'approver', policy.approver) END,
        'as_of', wanted -> 'as_of', 'requested_by', wanted -> 'requested_by', 'requested_at', wanted -> 'requested_at',
        'approved_by', (SELECT a.approved_by FROM auditproof.purge_approval a WHERE a.digest = plan),
        'approved_at', (SELECT auditproof.time_text(a.approved_at) FROM auditproof.purge_approval a WHERE a.digest = plan),
        'executed_by', begun.executed_by, 'started_at', auditproof.time_text(begun.started_at),
        'destroyed_from', (SELECT auditproof.time_text(min(d.at)) FROM auditproof.purge_times(plan, begun.purge_id) AS d (at)),
        'destroyed_to', (SELECT auditproof.time_text(max(d.at)) FROM auditproof.purge_times(plan, begun.purge_id) AS d (at)),
        'certified_at', auditproof.time_text(at), 'method', given ->> 'method',
        'holds', json_build_object('checked_at', auditproof.time_text(at),
            'in_force', (SELECT coalesce(json_agg(h.hold_id ORDER BY h.hold_id), '[]') FROM auditproof.legal_hold h
                          WHERE auditproof.hold_in_force(h.hold_id))),
        'created_from', (SELECT min(c.part ->> 'created_from') FROM json_array_elements(wanted -> 'chains') AS c (part)),
        'created_to', (SELECT max(c.part ->> 'created_to') FROM json_array_elements(wanted -> 'chains') AS c (part)),
        'recorded_from', sums.recorded_from, 'recorded_to', sums.recorded_to,
        'planned', wanted -> 'entries', 'destroyed', sums.destroyed,
        'kept', (wanted ->> 'entries')::bigint - sums.destroyed,
        'chained', tab = 'audit_logs', 'chains', to_json(parts),
        'checkpoint', (SELECT json_build_object('origin', c.origin, 'size', c.size, 'root', encode(c.root, 'hex'),
                                                'sealed_at', auditproof.time_text(c.sealed_at))
                         FROM auditproof.checkpoint c ORDER BY c.size DESC LIMIT 1),
        'archives', begun.archives::json, 'backups_expire', given -> 'backups_expire', 'key', begun.key)::text;
END
$body$;
