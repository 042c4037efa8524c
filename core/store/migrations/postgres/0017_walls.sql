-- Row-level security, behind the tenant in every statement: a row is seen and
-- written only under the setting paifang.tenant that names its tenant, which the
-- program sets for each transaction, or names all of them ("*"). Whoever sets
-- nothing sees nothing, the owner of the tables included.
--
-- The functions are called after every migration, so that a table which a later
-- one makes has its wall, too. They do nothing where nothing is missing.

-- +goose Up

-- The role that the program works under: it owns nothing, so that it can neither
-- take the walls down nor pass them. Its name has the database's, for roles are of
-- the whole server. NULL where the owner of the tables may not make roles: then
-- the program works as the owner, and FORCE holds the walls against it.
-- +goose StatementBegin
CREATE FUNCTION paifang_role() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    SELECT rolname INTO found FROM pg_roles
        JOIN pg_class ON relnamespace = current_schema()::regnamespace AND relname = 'tenants'
        WHERE rolname LIKE '%\_paifang\_app' AND pg_has_role(current_user, pg_roles.oid, 'MEMBER')
        AND EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee = pg_roles.oid);
    RETURN found;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION paifang_walls() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    app text := left(current_database(), 50) || '_paifang_app';
    t regclass;
BEGIN
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = to_regclass('tenants')), 'USAGE') THEN
        RETURN; -- not the owner: somebody else migrates
    END IF;
    FOR t IN SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = 'tenant'))
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('DROP POLICY IF EXISTS tenant ON %s', t);
        EXECUTE format('CREATE POLICY tenant ON %s USING (tenant_id = current_setting(''paifang.tenant'', true)
            OR current_setting(''paifang.tenant'', true) = ''*'')', t);
    END LOOP;
    BEGIN
        IF paifang_role() IS NOT NULL THEN
            app := paifang_role();
        ELSIF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = app) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', app);
        END IF;
        IF NOT pg_has_role(current_user, app, 'MEMBER') OR NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', app);
        END IF;
    EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
        RETURN;
    END;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), app);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), app);
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', current_schema(), app);
    FOR t IN SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        AND relname NOT IN ('schema_migrations', 'river_migration') -- those are the owner's
    LOOP
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO %I', t, app);
    END LOOP;
END $$;
-- +goose StatementEnd
