-- A role for Yanxiu's own processes on PostgreSQL: what is final it may read and add to, never change or delete. It owns
-- nothing, so it can take no trigger away either. Written by: yanxiu init --role-sql yanxiu_app
--
-- To be run in the office's database once `yanxiu init` has made the tables there, and again after each upgrade: the first
-- time by somebody who may make roles, later by the tables' owner too. Then give the role a password: \password yanxiu_app
BEGIN;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'yanxiu_app') THEN
        CREATE ROLE yanxiu_app LOGIN;
    END IF;
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO yanxiu_app', current_database());
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO yanxiu_app;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM yanxiu_app;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM yanxiu_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO yanxiu_app;
GRANT SELECT ON alembic_version TO yanxiu_app;

-- What was decided, sealed and published: written once.
GRANT SELECT, INSERT ON
    access,
    appeal_step,
    edition,
    erasure,
    exception,
    extension,
    filing_attachment,
    filing_extension,
    filing_step,
    group_step,
    likeness,
    likeness_decision,
    organisation_extension,
    peer_assignment,
    peer_opinion,
    resolution,
    restoration,
    resumption,
    score_sheet,
    seal,
    transition_log
TO yanxiu_app;

-- Learning records and marks: withdrawn at most, once; files and texts: emptied at most. A trigger sees to it.
GRANT SELECT, INSERT, UPDATE (withdrawn_at) ON evidence TO yanxiu_app;
GRANT SELECT, INSERT, UPDATE (name) ON handed_file TO yanxiu_app;
GRANT SELECT, INSERT, UPDATE (withdrawn_at) ON mark TO yanxiu_app;
GRANT SELECT, INSERT, UPDATE (body) ON text_body TO yanxiu_app;

-- What says how things stand now.
GRANT SELECT, INSERT, UPDATE, DELETE ON
    activity,
    appeal,
    cohort,
    cohort_phase,
    contact,
    data_key,
    enrolment,
    feed_event,
    filing,
    filing_call,
    filing_link,
    filing_notice,
    hold,
    import_batch,
    letter,
    night,
    night_batch,
    operator,
    operator_scope,
    organisation,
    outbox,
    peer_round,
    person,
    programme,
    rubric,
    sending,
    source,
    unsubscription
TO yanxiu_app;

COMMIT;
