-- Whose user this is, by the platform's own functions.
-- Parameters: none. Columns: organization_id, is_super_admin
SELECT public.get_user_organization(), public.is_super_admin()
