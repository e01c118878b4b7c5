-- The headline indicators once more, out of the exported table of steps alone, for whoever would rather trust SQL.
--
--   onedoor export parquet LOG --out steps.parquet
--   duckdb -c "SET VARIABLE steps = 'steps.parquet'; SET VARIABLE standard_s = 1500; .read recompute.sql"
--
-- Whole seconds; nearest-rank percentiles (element k = ceil(p n) of the sorted values, counting from 1).

CREATE OR REPLACE TEMP TABLE s AS
SELECT *, epoch(time)::BIGINT AS t FROM read_parquet(getvariable('steps'))
WHERE left_out = '' AND center IS NOT NULL;

-- Somebody who came back after he had been called in vain begins anew: what counts of start and pauses is behind that.
CREATE OR REPLACE TEMP TABLE marked AS
SELECT *, log_row > coalesce(max(log_row) FILTER (step = 'requeue') OVER (PARTITION BY visit, leg), 0) AS since
FROM s WHERE visit <> '';

CREATE OR REPLACE TEMP TABLE leg_steps AS
SELECT visit, leg, min(day) AS day,
    min(t) FILTER (step IN ('issue', 'transfer', 'walk_in')) AS entry,
    min(t) FILTER (step = 'call') AS first_call,
    max(t) FILTER (step IN ('call', 'walk_in')) AS last_call,
    bool_or(step = 'walk_in') AS walk_in,
    min(t) FILTER (step = 'start' AND since) AS start_t,
    max(t) FILTER (step = 'requeue') AS requeued,
    min(t) FILTER (step = 'end') AS ended,
    bool_or(ended_by_next) FILTER (step = 'end') AS auto,
    max(t) FILTER (step = 'noshow') AS missed,
    max(t) FILTER (step = 'leave') AS left_t,
    max(t) FILTER (step = 'expire') AS expired,
    coalesce(sum(t) FILTER (step = 'resume' AND since) - sum(t) FILTER (step = 'park' AND since), 0) AS parked,
    any_value(service) AS service, any_value(class) AS class, any_value(queue) AS queue,
    count(*) FILTER (step = 'recall') AS recalls
FROM marked GROUP BY visit, leg;

CREATE OR REPLACE TEMP TABLE legs AS
SELECT a.*, CASE
        WHEN a.ended IS NOT NULL THEN a.ended
        WHEN b.entry IS NOT NULL THEN b.entry
        ELSE greatest(a.missed, a.left_t, a.expired) END AS end_t,
    CASE
        WHEN a.ended IS NOT NULL OR b.entry IS NOT NULL THEN 'served'
        WHEN a.expired IS NOT NULL THEN 'expired'
        WHEN a.left_t IS NOT NULL THEN 'left'
        WHEN a.missed IS NOT NULL AND a.missed > coalesce(a.requeued, 0) THEN 'no_show'
        ELSE 'open' END AS outcome,
    CASE WHEN NOT a.walk_in THEN a.first_call - a.entry END AS wait
FROM leg_steps a LEFT JOIN leg_steps b ON b.visit = a.visit AND b.leg = a.leg + 1;

CREATE OR REPLACE TEMP MACRO nearest_rank(values_, percent) AS
    list_sort(values_)[((percent * len(values_) + 99) // 100)::BIGINT];

CREATE OR REPLACE TEMP TABLE service_times AS
SELECT end_t - coalesce(start_t, last_call) - parked AS service FROM legs
WHERE outcome = 'served' AND NOT coalesce(auto, false) AND end_t - coalesce(start_t, last_call) - parked BETWEEN 0 AND 14400;

CREATE OR REPLACE TEMP TABLE visits AS
SELECT visit, min(entry) AS entry, max(end_t) AS end_t, arg_max(outcome, leg) AS outcome, sum(wait) AS waited
FROM legs GROUP BY visit;

-- Open time of each counter, and the time it was busy, clipped to the day.
CREATE OR REPLACE TEMP TABLE spans AS
SELECT counter, day, step, t AS a,
    lead(t) OVER (PARTITION BY counter, day ORDER BY t, log_row) AS b
FROM s WHERE visit = '';
CREATE OR REPLACE TEMP TABLE opened AS
SELECT counter, sum(b - a) FILTER (step = 'open')::BIGINT AS open_s,
    coalesce(sum(b - a) FILTER (step = 'pause'), 0)::BIGINT AS pause_s,
    coalesce(sum(b - a) FILTER (step = 'break'), 0)::BIGINT AS break_s
FROM spans WHERE step <> 'close' GROUP BY counter;
CREATE OR REPLACE TEMP TABLE busy AS
SELECT counter, sum(until_t - t)::BIGINT AS busy_s FROM (
    SELECT counter, step, t, lead(t) OVER w AS until_t, lead(step) OVER w AS next_step
    FROM s WHERE visit <> '' AND counter <> '' AND step IN ('call', 'resume', 'walk_in', 'end', 'noshow', 'park', 'leave', 'expire', 'transfer', 'freed')
    WINDOW w AS (PARTITION BY visit, counter ORDER BY t, log_row))
WHERE step IN ('call', 'resume', 'walk_in') AND next_step NOT IN ('call', 'resume') GROUP BY counter;

-- The number waiting, from its changes; the area under it.
CREATE OR REPLACE TEMP TABLE changes AS
SELECT day, entry AS t, 1 AS change FROM legs WHERE NOT walk_in
UNION ALL SELECT day, coalesce(first_call, end_t), -1 FROM legs
WHERE NOT walk_in AND (first_call IS NOT NULL OR outcome IN ('left', 'expired'));
CREATE OR REPLACE TEMP TABLE little AS
SELECT sum(level * (next_t - t))::BIGINT AS area FROM (
    SELECT t, sum(change) OVER w AS level, lead(t) OVER w AS next_t
    FROM changes WINDOW w AS (PARTITION BY day ORDER BY t ROWS UNBOUNDED PRECEDING))
WHERE next_t IS NOT NULL;

CREATE OR REPLACE TEMP TABLE pairs AS
SELECT count(*) AS pairs, count(*) FILTER (b.first_call < a.first_call) AS inversions
FROM legs a JOIN legs b ON a.day = b.day AND a.service = b.service AND a.class = b.class AND a.entry < b.entry
WHERE a.leg = 1 AND b.leg = 1 AND a.wait >= 0 AND b.wait >= 0;

SELECT
    (SELECT count(*) FROM legs WHERE leg = 1) AS tickets_issued,
    (SELECT sum(recalls)::BIGINT FROM legs) AS recalls,
    (SELECT count(*) FROM legs) AS legs,
    (SELECT {'n': count(*), 'mean': round(avg(wait), 6), 'max': max(wait), 'p50': nearest_rank(list(wait), 50),
             'p90': nearest_rank(list(wait), 90)} FROM legs WHERE leg = 1 AND wait >= 0) AS wait_first,
    (SELECT nearest_rank(list(wait), 80) FROM legs WHERE leg = 1 AND wait >= 0) AS wait_p80,
    (SELECT {'n': count(*), 'mean': round(avg(wait), 6), 'p90': nearest_rank(list(wait), 90)}
        FROM legs WHERE wait >= 0) AS wait_all_legs,
    (SELECT {'n': count(*), 'mean': round(avg(service), 6), 'p90': nearest_rank(list(service), 90)}
        FROM service_times) AS service_time,
    (SELECT {'n': count(*), 'mean': round(avg(end_t - entry), 6), 'total_wait_mean': round(avg(waited), 6)}
        FROM visits WHERE outcome = 'served') AS time_in_system,
    (SELECT {'within': count(*) FILTER (wait BETWEEN 0 AND getvariable('standard_s')),
             'den': count(*) FILTER (wait >= 0) + count(*) FILTER (first_call IS NULL AND NOT walk_in AND outcome IN ('left', 'expired')
                 AND end_t - entry > getvariable('standard_s'))} FROM legs WHERE leg = 1) AS service_level,
    (SELECT {'no_show': count(*) FILTER (outcome = 'no_show'), 'left': count(*) FILTER (outcome = 'left'),
             'expired': count(*) FILTER (outcome = 'expired'),
             'rate': round(count(*) FILTER (outcome IN ('no_show', 'left')) / count(*) FILTER (outcome <> 'expired'), 6)}
        FROM legs WHERE leg = 1) AS abandonment,
    (SELECT map_from_entries(list((counter, {'open_s': open_s, 'pause_s': pause_s, 'break_s': break_s,
             'busy_s': coalesce(busy_s, 0)}) ORDER BY counter)) FROM opened LEFT JOIN busy USING (counter)) AS counters,
    (SELECT round((SELECT sum(busy_s) FROM busy) / (SELECT sum(open_s) FROM opened), 6)) AS occupancy_all,
    (SELECT round((SELECT count(*) FROM legs WHERE outcome = 'served') * 3600 / (SELECT sum(open_s) FROM opened), 6))
        AS throughput_legs_per_open_hour,
    (SELECT map_from_entries(list((half, n) ORDER BY half)) FROM (
        SELECT strftime(to_timestamp((entry + 25200) // 1800 * 1800) AT TIME ZONE 'UTC', '%H:%M') AS half, count(*) AS n
        FROM legs WHERE leg = 1 GROUP BY half)) AS arrivals_by_half_hour,
    (SELECT map_from_entries(list((service, mean) ORDER BY service)) FROM (
        SELECT service, round(avg(wait), 6) AS mean FROM legs WHERE leg = 1 AND wait >= 0 GROUP BY service))
        AS mean_wait_by_service,
    (SELECT round(sum((2 * i - n - 1) * wait) / (any_value(n) * sum(wait)), 6) FROM (
        SELECT wait, row_number() OVER (ORDER BY wait)::HUGEINT AS i, count(*) OVER ()::HUGEINT AS n
        FROM legs WHERE leg = 1 AND wait >= 0)) AS gini_individual,
    (SELECT {'pairs': pairs, 'inversions': inversions} FROM pairs) AS overtakes,
    (SELECT area FROM little) AS area_s,
    (SELECT sum(coalesce(first_call, end_t) - entry)::BIGINT FROM legs
        WHERE NOT walk_in AND (first_call IS NOT NULL OR outcome IN ('left', 'expired'))) AS sum_wait_s;
