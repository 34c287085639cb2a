-- Nothing is touched unless all of this holds.
DO $precheck$
DECLARE
    problem text;
    problems text[] := '{}';
BEGIN
    FOR problem IN
:{precheck}
    LOOP
        problems := problems || problem;
    END LOOP;
    IF problems = '{}' THEN -- or else that schema may be closed to the installer
        IF pg_catalog.to_regclass('auditproof.migration') IS NOT NULL THEN
            FOR problem IN
:{precheck_version}
            LOOP
                problems := problems || problem;
            END LOOP;
        END IF;
    END IF;
    IF problems <> '{}' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'auditproof cannot be installed here: ' || pg_catalog.array_to_string(problems, '; ');
    END IF;
END
$precheck$;
