-- Schedules a report of auditproof's, and tells of it in the organization's chain. `creator` is the id or the e-mail of an
-- active profile of that organization, as the platform asks of whoever schedules a report. `strangers` are addresses that are
-- of no such profile.
CREATE OR REPLACE FUNCTION auditproof.report_add(organization uuid, type text, creator text, name text, format text,
                                                 scheduling jsonb, first_day date, last_day date, due timestamptz,
                                                 emails text[], OUT id uuid, OUT created_by uuid, OUT strangers text[])
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    found_ids CONSTANT uuid[] := ARRAY(SELECT p.id FROM public.profiles p
                                        WHERE p.organization_id = organization AND p.is_active
                                          AND lower(creator COLLATE "C") IN (p.id::text, lower(p.email COLLATE "C")) LIMIT 2);
    wrong text;
BEGIN
    IF auditproof.organization_exists(organization) IS FALSE THEN
        RAISE EXCEPTION 'there is no organization %', organization USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF type <> ALL (auditproof.report_types()) THEN
        RAISE EXCEPTION '"%" is none of the types that this database has auditproof run', type
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'They are ' || array_to_string(auditproof.report_types(), ', ') || '.';
    END IF;
    IF cardinality(found_ids) <> 1 THEN
        RAISE EXCEPTION '"%" is % active profile of organization %', creator,
                        CASE cardinality(found_ids) WHEN 0 THEN 'no' ELSE 'more than one' END, organization
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'A report is scheduled by somebody of its organization: give the id or the e-mail of one.';
    END IF;
    SELECT e.address INTO wrong FROM unnest(emails) AS e (address)
     WHERE length(e.address) > 254 OR e.address !~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$'
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '"%" is no address to mail to', wrong
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give local@domain, without a name.';
    END IF;
    created_by := found_ids[1];
    strangers := ARRAY(SELECT e.address FROM unnest(emails) AS e (address)
                        WHERE NOT EXISTS (SELECT FROM public.profiles p
                                           WHERE p.organization_id = organization AND p.is_active
                                             AND lower(p.email COLLATE "C") = lower(e.address COLLATE "C")));
    INSERT INTO public.scheduled_reports AS r (organization_id, created_by, report_type, report_name, start_date, end_date, format,
                                               scheduling, next_run_at, status, delivery_emails)
    VALUES (organization, report_add.created_by, type, name, first_day, last_day, report_add.format, report_add.scheduling, due,
            'pending', emails)
    RETURNING r.id INTO report_add.id;
    PERFORM auditproof.tell_retention(organization, 'report.scheduled', 'scheduled_report', report_add.id, 'medium',
        jsonb_build_object('report_type', type, 'format', report_add.format, 'scheduling', report_add.scheduling,
                           'created_by', report_add.created_by, 'next_run_at', auditproof.time_text(due),
                           'recipients', cardinality(emails)));
END
$body$;
