-- Database roles for notifyd: one that migrates, one that runs, and three for people and jobs.
--
--   psql -d notify -f roles.sql                             as a superuser, or a role that may create roles
--   notifyd migrate                                         as notifyd_migrate
--   psql -d notify -f roles.sql                             again, as either: now there are tables to give rights on
--
-- It may be run any number of times, also while notifyd runs, and has to be after each migration that adds a table. What it
-- gives is all that its roles have here: rights on these tables that they had beside it are taken away.
--
-- Variables, each with -v: schema (database.schema; notifications), prefix (of the roles' names; notifyd).
-- The roles log in and have no password: give them one by \password, or map them in pg_ident.conf.
-- What each may do and why: docs/database-roles.md.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?schema}
\else
    \set schema notifications
\endif
\if :{?prefix}
\else
    \set prefix notifyd
\endif

SELECT :'prefix' || '_migrate' AS migrate, :'prefix' || '_run' AS run, :'prefix' || '_operate' AS operate,
    :'prefix' || '_audit' AS audit, :'prefix' || '_retain' AS retain \gset

BEGIN;

-- The roles, and the schema with all that is in it, which belong to the migrating one.

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY[:'migrate', :'run', :'operate', :'audit', :'retain']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), name)
FROM unnest(ARRAY[:'migrate', :'run', :'operate', :'audit', :'retain']) AS name
WHERE NOT has_database_privilege(name, current_database(), 'CONNECT') \gexec

SELECT format('CREATE SCHEMA %I AUTHORIZATION %I', :'schema', :'migrate')
WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = :'schema') \gexec

SELECT format('ALTER SCHEMA %I OWNER TO %I', :'schema', :'migrate')
FROM pg_namespace WHERE nspname = :'schema' AND nspowner <> :'migrate'::regrole \gexec

SELECT format('ALTER TABLE %s OWNER TO %I', oid::regclass, :'migrate') FROM pg_class
WHERE relnamespace = quote_ident(:'schema')::regnamespace AND relkind IN ('r', 'p') AND relowner <> :'migrate'::regrole \gexec

SELECT format('ALTER ROUTINE %s OWNER TO %I', oid::regprocedure, :'migrate') FROM pg_proc
WHERE pronamespace = quote_ident(:'schema')::regnamespace AND proowner <> :'migrate'::regrole \gexec

-- Rights. Partitions get none of their own: who asks the parent needs the parent's only, for months made later too.

REVOKE ALL ON SCHEMA :"schema" FROM PUBLIC, :"run", :"operate", :"audit", :"retain";
REVOKE ALL ON ALL TABLES IN SCHEMA :"schema" FROM PUBLIC, :"run", :"operate", :"audit", :"retain";
REVOKE ALL ON ALL ROUTINES IN SCHEMA :"schema" FROM PUBLIC, :"run", :"operate", :"audit", :"retain";
-- What later migrations make is nobody's until this script is run again; Postgres would let everybody call functions.
ALTER DEFAULT PRIVILEGES FOR ROLE :"migrate" REVOKE ALL ON ROUTINES FROM PUBLIC;

GRANT USAGE ON SCHEMA :"schema" TO :"run", :"operate", :"audit", :"retain";

SELECT format('GRANT %s ON TABLE %I.%I TO %I', given.rights, :'schema', given.name, given.role)
FROM (VALUES
    -- Sends. Deletes nothing that tells what was sent: only what is settled from `parked`, and marks of messages.
    (:'run', 'event', 'SELECT, INSERT, UPDATE'),
    (:'run', 'anonymous_event', 'SELECT, INSERT, UPDATE'),
    (:'run', 'notification_log', 'SELECT, INSERT, UPDATE'),
    (:'run', 'delivery_attempt', 'SELECT, INSERT'),
    (:'run', 'parked', 'SELECT, INSERT, UPDATE, DELETE'),
    (:'run', 'dead_letter', 'SELECT, INSERT, UPDATE'),
    (:'run', 'quarantine', 'SELECT, INSERT, UPDATE, DELETE'),
    (:'run', 'contact', 'SELECT, INSERT, UPDATE'),
    (:'run', 'suppression', 'SELECT, INSERT'),
    (:'run', 'pause', 'SELECT'),
    (:'run', 'setting', 'SELECT'),
    (:'run', 'schema_migration', 'SELECT'),

    -- Looks into everything and decides what waits; each change is a row of operator_action, which it cannot change.
    (:'operate', 'event', 'SELECT, INSERT, UPDATE'),
    (:'operate', 'anonymous_event', 'SELECT'),
    (:'operate', 'notification_log', 'SELECT, INSERT, UPDATE'),
    (:'operate', 'delivery_attempt', 'SELECT'),
    (:'operate', 'parked', 'SELECT, INSERT, UPDATE, DELETE'),
    (:'operate', 'dead_letter', 'SELECT, UPDATE, DELETE'),
    (:'operate', 'quarantine', 'SELECT'),
    (:'operate', 'contact', 'SELECT, INSERT, UPDATE'),
    (:'operate', 'suppression', 'SELECT'),
    (:'operate', 'pause', 'SELECT, INSERT, UPDATE, DELETE'),
    (:'operate', 'operator_action', 'SELECT, INSERT'),
    (:'operate', 'setting', 'SELECT'),
    (:'operate', 'schema_migration', 'SELECT'),

    -- Reads what was done; no body, no header, no address, no name, no key.
    (:'audit', 'event', 'SELECT'),
    (:'audit', 'notification_log', 'SELECT'),
    (:'audit', 'delivery_attempt', 'SELECT'),
    (:'audit', 'operator_action', 'SELECT'),
    (:'audit', 'pause', 'SELECT'),
    (:'audit', 'schema_migration', 'SELECT'),
    (:'audit', 'parked', 'SELECT (id, notification_id, event_type, dedupe_key, channel, hold, due_at, parked_at)'),
    (:'audit', 'dead_letter', 'SELECT (id, notification_id, event_id, event_type, dedupe_key, channel, reason,
        error_code, died_at, replayed_at, subject)'),
    (:'audit', 'contact', 'SELECT (recipient_id, email_at, phone_at, name_at, locale, locale_at, preferred_channel,
        preferred_channel_at, timezone, timezone_at, opt_out, opt_out_at)'),
    (:'audit', 'suppression', 'SELECT (channel, reason, at)'),

    (:'retain', 'schema_migration', 'SELECT')
) AS given(role, name, rights)
JOIN pg_class c ON c.relname = given.name AND c.relnamespace = quote_ident(:'schema')::regnamespace \gexec

-- Retention changes tables through functions that run with their owner's rights, and through nothing else.
SELECT format('GRANT EXECUTE ON ROUTINE %s TO %I', oid::regprocedure, :'retain') FROM pg_proc
WHERE pronamespace = quote_ident(:'schema')::regnamespace AND prosecdef AND proname LIKE 'retention\_%' \gexec

COMMIT;

\if :{?silent}
\else
    SELECT CASE WHEN to_regclass(format('%I.schema_migration', :'schema')) IS NULL
        THEN format('roles are there; now: notifyd migrate as %I, then this script again', :'migrate')
        ELSE format('roles have their rights on schema %I', :'schema') END AS done \gset
    \echo :done
\endif
