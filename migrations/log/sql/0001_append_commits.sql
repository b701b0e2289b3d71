-- Appends commits in the order given, each atomic on its own, and answers one row for each.
--
-- The lock is taken first and everything is looked at after it: under READ COMMITTED every statement of a
-- VOLATILE function sees what was committed before the statement began, so nothing can be missed, and
-- positions and recorded times are given in the order of commit. The lock ends with the transaction, which
-- is this call alone.
--
-- status: 'repeated' (the actor has used the command id; the stored answer is given), 'moved' (a stream that
-- the commit read has another version now, or an earlier commit of this call touches it), 'appended'.
CREATE FUNCTION append_commits(
    actors uuid[], command_ids uuid[], digests bytea[], outcomes_ text[],
    read_commits integer[], read_streams text[], read_versions bigint[],
    event_commits integer[], event_streams text[], event_versions bigint[], event_types text[],
    event_schemas integer[], event_data text[], event_metadata text[], event_projects uuid[],
    event_branches text[], event_effective timestamptz[]
) RETURNS TABLE (
    commit_no integer, status text, at_position bigint, at_time timestamptz,
    stored_digest bytea, stored_outcome text, moved_streams text[]
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    answered integer[] := '{}';
    head bigint;
    moment timestamptz;
    answer record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_commits needs READ COMMITTED, not %', current_setting('transaction_isolation');
    END IF;
    PERFORM pg_advisory_xact_lock(7308602195);

    SELECT e.position, e.recorded_at INTO head, moment FROM events e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    moment := greatest(clock_timestamp(), moment);

    FOR answer IN
        SELECT c.no::integer AS no, o.*
        FROM unnest(actors, command_ids) WITH ORDINALITY AS c (actor, command_id, no)
        CROSS JOIN LATERAL (
            SELECT s.digest, s.outcome, s.position, s.recorded_at FROM outcomes s
            WHERE s.actor = c.actor AND s.command_id = c.command_id LIMIT 1
        ) o
    LOOP
        answered := answered || answer.no;
        RETURN QUERY SELECT answer.no, 'repeated', answer.position, answer.recorded_at,
                            answer.digest, answer.outcome, NULL::text[];
    END LOOP;

    FOR answer IN
        SELECT r.no, array_agg(r.stream) AS streams
        FROM unnest(read_commits, read_streams, read_versions) AS r (no, stream, version)
        LEFT JOIN LATERAL (SELECT s.version FROM streams s WHERE s.stream = r.stream LIMIT 1) s ON true
        WHERE coalesce(s.version, 0) <> r.version AND r.no <> ALL (answered)
        GROUP BY r.no
    LOOP
        answered := answered || answer.no;
        RETURN QUERY SELECT answer.no, 'moved', NULL::bigint, NULL::timestamptz,
                            NULL::bytea, NULL::text, answer.streams;
    END LOOP;

    IF cardinality(actors) > 1 THEN
        FOR answer IN
            SELECT x.no, array_agg(x.stream) AS streams
            FROM (
                SELECT r.no, r.stream
                FROM unnest(read_commits, read_streams) AS r (no, stream)
                JOIN unnest(event_commits, event_streams) AS e (no, stream)
                  ON e.stream = r.stream AND e.no < r.no
                UNION
                SELECT d.no, NULL
                FROM (SELECT c.no::integer AS no, row_number() OVER (PARTITION BY c.actor, c.command_id ORDER BY c.no) AS nth
                      FROM unnest(actors, command_ids) WITH ORDINALITY AS c (actor, command_id, no)) d
                WHERE d.nth > 1
            ) x
            WHERE x.no <> ALL (answered)
            GROUP BY x.no
        LOOP
            answered := answered || answer.no;
            RETURN QUERY SELECT answer.no, 'moved', NULL::bigint, NULL::timestamptz,
                                NULL::bytea, NULL::text, array_remove(answer.streams, NULL);
        END LOOP;
    END IF;

    RETURN QUERY
    WITH numbered AS (
        SELECT e.*, head + row_number() OVER (ORDER BY e.ordinal) AS position
        FROM unnest(event_commits, event_streams, event_versions, event_types, event_schemas, event_data,
                    event_metadata, event_projects, event_branches, event_effective)
             WITH ORDINALITY AS e (no, stream, version, type, schema, data, metadata, project, branch, effective, ordinal)
        WHERE e.no <> ALL (answered)
    ), written AS (
        INSERT INTO events (position, stream, version, type, schema, data, metadata, project, branch,
                            effective_at, recorded_at)
        SELECT n.position, n.stream, n.version, n.type, n.schema, n.data, n.metadata, n.project, n.branch,
               coalesce(n.effective, moment), moment
        FROM numbered n ORDER BY n.position
    ), heads AS (
        INSERT INTO streams AS s (stream, version)
        SELECT n.stream, max(n.version) FROM numbered n GROUP BY n.stream
        ON CONFLICT (stream) DO UPDATE SET version = excluded.version
    ), ends AS (
        SELECT n.no, max(n.position) AS position FROM numbered n GROUP BY n.no
    ), taken AS (
        SELECT c.no::integer AS no, c.actor, c.command_id, c.digest, c.outcome, coalesce(e.position, head) AS position
        FROM unnest(actors, command_ids, digests, outcomes_) WITH ORDINALITY AS c (actor, command_id, digest, outcome, no)
        LEFT JOIN ends e ON e.no = c.no
        WHERE c.no <> ALL (answered)
    ), kept AS (
        INSERT INTO outcomes (actor, command_id, digest, outcome, position, recorded_at)
        SELECT t.actor, t.command_id, t.digest, t.outcome, t.position, moment FROM taken t WHERE t.outcome IS NOT NULL
    )
    SELECT t.no, 'appended', t.position, moment, NULL::bytea, NULL::text, NULL::text[] FROM taken t;
END
$$
