-- The headline indicators once more, out of the exported table of steps alone, for whoever would rather trust SQL.
--
--   onedoor export parquet LOG --out steps.parquet
--   duckdb -c "SET VARIABLE steps = 'steps.parquet'; SET VARIABLE standard_s = 1500; .read recompute.sql"
--
-- Whole seconds; nearest-rank percentiles (element k = ceil(p n) of the sorted values, counting from 1).

-- How long something took: by one box's own clock in one boot, else by one clock (0 is the center's, known). Otherwise
-- nobody knows. What cannot be (below zero, or longer than 16 hours; a service: than 4) is counted nowhere.
CREATE OR REPLACE TEMP MACRO took(a, b) AS
    CASE WHEN a.box <> '' AND a.box = b.box THEN b.box_s - a.box_s WHEN a.clock = b.clock THEN b.t - a.t END;
CREATE OR REPLACE TEMP MACRO good(seconds, most) AS CASE WHEN seconds BETWEEN 0 AND most THEN seconds END;
CREATE OR REPLACE TEMP MACRO nearest_rank(values_, percent) AS
    list_sort(values_)[((percent * len(values_) + 99) // 100)::BIGINT];

-- Seconds since 1970, UTC; what nobody dated lies far away from every day. A day is the center's: from midnight to
-- midnight there (day_from, day_to), which with summer and winter may be 23 or 25 hours; zone_s: what its clocks add.
CREATE OR REPLACE TEMP TABLE s AS
SELECT *, {'t': t, 'clock': clock, 'box': box, 'box_s': box_s, 'zone_s': coalesce(zone_s, 0)} AS stamp, t < 86400000000000 AS is_dated,
    epoch(day_from)::BIGINT AS day_a, epoch(day_to)::BIGINT AS day_b
FROM (SELECT *, clock_s + CASE WHEN time IS NULL THEN 86400000000000 ELSE 0 END AS t
    FROM read_parquet(getvariable('steps')) WHERE left_out = '' AND center IS NOT NULL);

-- What nobody ended lasts to the last step of the day.
CREATE OR REPLACE TEMP TABLE days AS
SELECT day, max(t) FILTER (t >= day_a AND t < day_b) + 1 AS until_t,
    least(any_value(day_a), min(t) FILTER (is_dated AND visit <> '')) AS spell_a,
    greatest(any_value(day_b), max(t) FILTER (is_dated AND visit <> '') + 1) AS spell_b FROM s GROUP BY day;

-- Somebody who came back after he had been called in vain begins anew: what counts of start and pauses is behind that.
CREATE OR REPLACE TEMP TABLE marked AS
SELECT *, min(log_row) FILTER (step = 'start' AND since) OVER (PARTITION BY visit, leg) AS start_row
FROM (SELECT *, log_row > coalesce(max(log_row) FILTER (step = 'requeue') OVER (PARTITION BY visit, leg), 0) AS since
    FROM s WHERE visit <> '');

CREATE OR REPLACE TEMP TABLE pauses AS
SELECT visit, leg, coalesce(sum(took(stamp, back)) FILTER (took(stamp, back) >= 0 AND since AND log_row > coalesce(start_row, 0)), 0) AS parked,
    bool_or(coalesce(took(stamp, back), -1) < 0) AS unknown
FROM (SELECT visit, leg, step, stamp, since, log_row, start_row, lead(step) OVER w AS next_step, lead(stamp) OVER w AS back
    FROM marked WHERE step IN ('park', 'resume') WINDOW w AS (PARTITION BY visit, leg ORDER BY log_row))
WHERE step = 'park' AND next_step = 'resume' GROUP BY visit, leg;

CREATE OR REPLACE TEMP TABLE told_steps AS
SELECT visit, leg, min(day) AS day,
    arg_min(stamp, log_row) FILTER (step IN ('issue', 'transfer', 'walk_in')) AS entry,
    arg_min(stamp, log_row) FILTER (step = 'call') AS first_call,
    arg_max(stamp, log_row) FILTER (step = 'call' OR (step = 'walk_in' AND counter <> '')) AS last_call,
    arg_max(stamp, log_row) FILTER (step = 'call' OR (step = 'resume' AND log_row < coalesce(start_row, log_row + 1))) AS called,
    bool_or(step = 'walk_in') AS walk_in,
    arg_min(stamp, log_row) FILTER (step = 'start' AND since) AS start_t,
    arg_min(stamp, log_row) FILTER (step = 'park' AND log_row > start_row) AS first_park,
    max(log_row) FILTER (step = 'requeue') AS requeued,
    arg_min(stamp, log_row) FILTER (step = 'end') AS ended,
    arg_min(ended_by_next, log_row) FILTER (step = 'end') AS auto,
    max(log_row) FILTER (step = 'noshow') AS missed,
    bool_or(step = 'leave') AS gone,
    bool_or(step = 'expire') AS expired,
    arg_max(stamp, log_row) FILTER (step IN ('noshow', 'leave', 'expire')) AS went,
    any_value(service) AS service, any_value(class) AS class, any_value(queue) AS queue,
    count(*) FILTER (step = 'recall') AS recalls
FROM marked GROUP BY visit, leg;

-- The first call is the earliest: a counter that was cut off may have told later of an earlier one.
CREATE OR REPLACE TEMP TABLE leg_steps AS
SELECT l.* REPLACE (coalesce(earlier.stamp, l.first_call) AS first_call) FROM told_steps l LEFT JOIN (
    SELECT visit, leg, arg_min(m.stamp, took(f.first_call, m.stamp)) AS stamp
    FROM marked m JOIN told_steps f USING (visit, leg)
    WHERE m.step = 'call' AND NOT f.walk_in AND took(f.first_call, m.stamp) < 0 GROUP BY visit, leg) earlier USING (visit, leg);

CREATE OR REPLACE TEMP TABLE ends AS
SELECT a.*, CASE WHEN a.ended IS NOT NULL THEN a.ended WHEN b.entry IS NOT NULL THEN b.entry ELSE a.went END AS end_t,
    CASE
        WHEN a.ended IS NOT NULL OR b.entry IS NOT NULL THEN 'served'
        WHEN a.expired THEN 'expired'
        WHEN a.gone THEN 'left'
        WHEN a.missed > coalesce(a.requeued, 0) THEN 'no_show'
        ELSE 'open' END AS outcome
FROM leg_steps a LEFT JOIN leg_steps b ON b.visit = a.visit AND b.leg = a.leg + 1;

-- START more than 60 s after the call, and the next act within 5 s: pressed when the service was over, so told late.
CREATE OR REPLACE TEMP TABLE late AS
SELECT visit, leg FROM ends WHERE NOT walk_in AND took(called, start_t) > 60
    AND took(start_t, coalesce(first_park, end_t)) BETWEEN 0 AND 5;

CREATE OR REPLACE TEMP TABLE legs AS
SELECT e.*, l.visit IS NOT NULL AS told_late,
    CASE WHEN NOT walk_in AND first_call IS NOT NULL THEN good(took(entry, first_call), 57600) END AS wait,
    CASE WHEN NOT walk_in AND first_call IS NULL AND outcome IN ('left', 'expired')
        THEN good(took(entry, end_t), 57600) END AS waited,
    CASE WHEN outcome = 'served' AND NOT coalesce(p.unknown, false) AND l.visit IS NULL
        THEN took(coalesce(start_t, last_call), end_t) - coalesce(p.parked, 0) END AS service_s,
    NOT walk_in AND (first_call IS NOT NULL OR outcome IN ('left', 'expired')) AS left_queue
FROM ends e LEFT JOIN pauses p USING (visit, leg) LEFT JOIN late l USING (visit, leg);

CREATE OR REPLACE TEMP TABLE service_times AS
SELECT service_s AS service FROM legs WHERE NOT coalesce(auto, false) AND service_s BETWEEN 0 AND 14400;

CREATE OR REPLACE TEMP TABLE visits AS
SELECT visit, arg_max(outcome, leg) AS outcome,
    CASE WHEN coalesce(max(service_s), 0) <= 14400
        THEN good(took(arg_min(entry, leg), arg_max(end_t, leg)), 57600) END AS stay,
    CASE WHEN NOT bool_or(walk_in) AND count(first_call) = count(wait) THEN coalesce(sum(wait), 0) END AS waited
FROM legs GROUP BY visit;

-- Open time of each counter, and the time it was busy, clipped to the day.
CREATE OR REPLACE TEMP TABLE opened AS
SELECT counter, coalesce(sum(lasted) FILTER (step = 'open'), 0)::BIGINT AS open_s,
    coalesce(sum(lasted) FILTER (step = 'pause'), 0)::BIGINT AS pause_s,
    coalesce(sum(lasted) FILTER (step = 'break'), 0)::BIGINT AS break_s
FROM (SELECT counter, step, CASE WHEN b IS NULL THEN greatest(until_t - stamp.t, 0)
        ELSE least(stamp.t + good(took(stamp, b), 57600), day_b) - stamp.t END AS lasted
    FROM (SELECT counter, day, day_b, step, stamp, lead(stamp) OVER (PARTITION BY counter, day ORDER BY t, log_row) AS b
        FROM s WHERE visit = '') JOIN days USING (day))
WHERE step <> 'close' GROUP BY counter;
CREATE OR REPLACE TEMP TABLE busy AS
SELECT counter, sum(greatest(least(b, day_b) - greatest(a, day_a), 0))::BIGINT AS busy_s FROM (
    SELECT counter, day_a, day_b, stamp.t AS a, CASE
        WHEN next_step IS NULL THEN greatest(stamp.t, until_t)
        WHEN stamp.t < day_b AND stamp.t + good(took(stamp, free), 57600) > day_b THEN greatest(stamp.t, until_t)
        ELSE stamp.t + good(took(stamp, free), 57600) END AS b
    FROM (SELECT counter, day, day_a, day_b, step, stamp, lead(stamp) OVER w AS free, lead(step) OVER w AS next_step,
            lag(step) OVER w AS last_step
        FROM s WHERE visit <> '' AND counter <> ''
            AND step IN ('call', 'resume', 'walk_in', 'end', 'noshow', 'park', 'leave', 'expire', 'transfer', 'freed')
        WINDOW w AS (PARTITION BY visit, counter ORDER BY log_row)) JOIN days USING (day)
    WHERE step IN ('call', 'resume', 'walk_in') AND coalesce(next_step, '') NOT IN ('call', 'resume'))
WHERE a < 86400000000000 AND b IS NOT NULL GROUP BY counter;

-- Visits of which a box told so late that their steps go back in time, and those that were sent on while another
-- counter had them too: nobody can say when these people waited.
CREATE OR REPLACE TEMP TABLE untidy AS
SELECT DISTINCT visit FROM (SELECT visit, t, max(t) OVER (
    PARTITION BY visit, clock ORDER BY log_row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM s WHERE visit <> '' AND step NOT IN ('issue', 'walk_in')) WHERE before > t + 60
UNION SELECT a.visit FROM s a JOIN s b USING (visit)
WHERE a.step = 'transfer' AND b.step IN ('call', 'resume', 'walk_in') AND b.counter <> '' AND b.counter <> a.counter
    AND b.log_row < a.log_row AND NOT EXISTS (SELECT 1 FROM s c WHERE c.visit = a.visit AND c.counter = b.counter
        AND c.step IN ('park', 'transfer', 'end', 'noshow', 'leave', 'expire', 'freed')
        AND c.log_row > b.log_row AND c.log_row < a.log_row);
CREATE OR REPLACE TEMP TABLE queued AS
SELECT * FROM legs WHERE entry.t < 86400000000000 AND visit NOT IN (SELECT visit FROM untidy);

-- The number waiting, from its changes; the area under it. A wait that cannot be counted is in neither side.
CREATE OR REPLACE TEMP TABLE changes AS
SELECT day, entry.t AS t, 1 AS change FROM queued WHERE NOT walk_in
UNION ALL SELECT day, entry.t + coalesce(wait, waited, 0), -1 FROM queued WHERE left_queue
UNION ALL SELECT day, spell_b, 0 FROM days;
CREATE OR REPLACE TEMP TABLE little AS
SELECT sum(level * (next_t - t))::BIGINT AS area FROM (
    SELECT t, sum(change) OVER w AS level, lead(t) OVER w AS next_t
    FROM (SELECT day, least(greatest(t, spell_a), spell_b) AS t, change FROM changes JOIN days USING (day)) WINDOW w AS (PARTITION BY day ORDER BY t ROWS UNBOUNDED PRECEDING))
WHERE next_t IS NOT NULL;

CREATE OR REPLACE TEMP TABLE pairs AS
SELECT count(*) AS pairs, count(*) FILTER (b.entry.t + b.wait < a.entry.t + a.wait) AS inversions
FROM legs a JOIN legs b ON a.day = b.day AND a.queue = b.queue AND a.class = b.class AND a.entry.t < b.entry.t
WHERE a.leg = 1 AND b.leg = 1 AND a.wait IS NOT NULL AND b.wait IS NOT NULL;

SELECT
    (SELECT count(*) FROM legs WHERE leg = 1) AS tickets_issued,
    (SELECT coalesce(sum(recalls), 0)::BIGINT FROM legs) AS recalls,
    (SELECT count(*) FROM legs WHERE told_late) AS told_late,
    (SELECT count(*) FROM legs) AS legs,
    (SELECT {'n': count(*), 'mean': round(avg(wait), 6), 'max': max(wait), 'p50': nearest_rank(list(wait), 50),
             'p90': nearest_rank(list(wait), 90)} FROM legs WHERE leg = 1 AND wait >= 0) AS wait_first,
    (SELECT nearest_rank(list(wait), 80) FROM legs WHERE leg = 1 AND wait >= 0) AS wait_p80,
    (SELECT {'n': count(*), 'mean': round(avg(wait), 6), 'p90': nearest_rank(list(wait), 90)}
        FROM legs WHERE wait >= 0) AS wait_all_legs,
    (SELECT {'n': count(*), 'mean': round(avg(service), 6), 'p90': nearest_rank(list(service), 90)}
        FROM service_times) AS service_time,
    (SELECT {'n': count(stay), 'mean': round(avg(stay), 6), 'total_wait_mean': round(avg(waited), 6)}
        FROM visits WHERE outcome = 'served') AS time_in_system,
    (SELECT {'within': count(*) FILTER (wait BETWEEN 0 AND getvariable('standard_s')),
             'den': count(*) FILTER (wait >= 0) + count(*) FILTER (waited > getvariable('standard_s'))}
        FROM legs WHERE leg = 1) AS service_level,
    (SELECT {'no_show': count(*) FILTER (outcome = 'no_show'), 'left': count(*) FILTER (outcome = 'left'),
             'expired': count(*) FILTER (outcome = 'expired'),
             'rate': round(count(*) FILTER (outcome IN ('no_show', 'left'))
                / nullif(count(*) FILTER (outcome <> 'expired'), 0), 6)}
        FROM legs WHERE leg = 1) AS abandonment,
    (SELECT map_from_entries(list((counter, {'open_s': coalesce(open_s, 0), 'pause_s': coalesce(pause_s, 0),
             'break_s': coalesce(break_s, 0), 'busy_s': coalesce(busy_s, 0)}) ORDER BY counter))
        FROM opened FULL JOIN busy USING (counter)) AS counters,
    (SELECT round((SELECT coalesce(sum(busy_s), 0) FROM busy) / nullif((SELECT sum(open_s) FROM opened), 0), 6)) AS occupancy_all,
    (SELECT round((SELECT count(*) FROM legs JOIN (SELECT DISTINCT day, day_a, day_b FROM s) USING (day)
            WHERE outcome = 'served' AND end_t.t >= day_a AND end_t.t < day_b) * 3600
        / nullif((SELECT sum(open_s) FROM opened), 0), 6)) AS throughput_legs_per_open_hour,
    (SELECT map_from_entries(list((half, n) ORDER BY half)) FROM (
        SELECT strftime(to_timestamp((entry.t + entry.zone_s) // 1800 * 1800) AT TIME ZONE 'UTC', '%H:%M') AS half, count(*) AS n
        FROM legs WHERE leg = 1 GROUP BY half)) AS arrivals_by_half_hour,
    (SELECT map_from_entries(list((service, mean) ORDER BY service)) FROM (
        SELECT service, round(avg(wait), 6) AS mean FROM legs WHERE leg = 1 AND wait >= 0 GROUP BY service))
        AS mean_wait_by_service,
    (SELECT CASE sum(wait) WHEN 0 THEN 0 ELSE round(sum((2 * i - n - 1) * wait) / (any_value(n) * sum(wait)), 6) END FROM (
        SELECT wait, row_number() OVER (ORDER BY wait)::HUGEINT AS i, count(*) OVER ()::HUGEINT AS n
        FROM legs WHERE leg = 1 AND wait >= 0)) AS gini_individual,
    (SELECT {'pairs': pairs, 'inversions': inversions} FROM pairs) AS overtakes,
    (SELECT area FROM little) AS area_s,
    (SELECT coalesce(sum(coalesce(wait, waited)), 0)::BIGINT FROM queued WHERE left_queue) AS sum_wait_s;
