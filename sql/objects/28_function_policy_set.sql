-- Sets a retention period, of the platform where chain is the nil UUID. NULL when it is in force as it is: to apply a policy
-- twice changes nothing. Otherwise the chained entry that tells of it (audit-schema(5), RETENTION).
CREATE OR REPLACE FUNCTION auditproof.policy_set(chain uuid, tab text, class text, period integer, unit text, version integer,
                                                 basis text, jurisdiction text, approver text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    is_now auditproof.retention_policy;
    new auditproof.retention_policy;
BEGIN
    IF chain <> '00000000-0000-0000-0000-000000000000' AND auditproof.organization_exists(chain) IS FALSE THEN
        RAISE EXCEPTION 'there is no organization %', chain USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- so that what is compared is what is in force when it is followed
    UPDATE auditproof.retention_gate SET changes = changes + 1;
    SELECT p.* INTO is_now FROM auditproof.retention_policy p
     WHERE p.chain_id = chain AND p.table_name = tab ORDER BY p.version DESC LIMIT 1;
    IF FOUND AND is_now.version = policy_set.version THEN
        IF (is_now.class, is_now.period, is_now.unit, is_now.basis, is_now.jurisdiction, is_now.approver)
           = (policy_set.class, policy_set.period, policy_set.unit, policy_set.basis, policy_set.jurisdiction,
              policy_set.approver) THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION 'version % of the policy for % is in force, and says something else', policy_set.version, tab
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give what changes a higher version.';
    END IF;
    new := (chain, tab, policy_set.version, policy_set.class, policy_set.period, policy_set.unit, policy_set.basis,
            policy_set.jurisdiction, policy_set.approver, session_user, clock_timestamp(), gen_random_uuid());
    new.authorised_by := auditproof.tell_retention(chain, 'audit.policy_set', 'retention_policy', NULL, 'high',
        jsonb_build_object('chain_id', new.chain_id, 'table', new.table_name, 'class', new.class, 'version', new.version,
                           'period', new.period || ' ' || new.unit, 'basis', new.basis, 'jurisdiction', new.jurisdiction,
                           'digest', encode(auditproof.policy_digest(new), 'hex')));
    INSERT INTO auditproof.retention_policy SELECT new.*;
    RETURN new.authorised_by;
END
$body$;
