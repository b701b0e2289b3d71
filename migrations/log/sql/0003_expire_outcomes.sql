-- Forgets outcomes from before a time, at most 10,000 a call so that no lock is held for long; answers how many.
--
-- The application's role may not delete outcomes by itself. Those of the service's own commands stay: their
-- command ids are derived, so a repeat may come at any time.
CREATE FUNCTION expire_outcomes(before timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
AS $$
DECLARE
    expired integer;
BEGIN
    DELETE FROM outcomes WHERE ctid = ANY (ARRAY(
        SELECT o.ctid FROM outcomes o
        WHERE o.recorded_at < before AND o.actor <> '00000000-0000-7000-8000-000000000001'
        ORDER BY o.recorded_at LIMIT 10000
    ));
    GET DIAGNOSTICS expired = ROW_COUNT;
    RETURN expired;
END
$$
