// The figures of the marts. Nothing here sums or averages figures; bands follow the model fct_dora_benchmark.

// The entries of a period, in the order of report.data.
const [START, LABEL, DAYS, OVER, PREVIOUS, YEAR_AGO, LENGTH] = [0, 1, 2, 3, 4, 5, 6];

const DATA = JSON.parse(document.getElementById("data").textContent);
const METRICS = new Map(DATA.metrics.map((metric) => [metric.id, metric]));
const HEADLINE = DATA.metrics.filter((metric) => metric.headline);
DATA.teams.forEach((team, place) => {
  team.place = place;
  team.children = [];
});
for (const team of DATA.teams) if (team.parent !== null) DATA.teams[team.parent].children.push(team);

const projectOf = (series) => `${series.org}/${series.project}`;
const isOver = (letter) => letter === "l" || letter === "p";
const below = (team) => team.children.flatMap((child) => [child, ...below(child)]);

// The figure of a team, metric and period of a series, with everything that the marts contain about it.
function figure(series, team, id, at) {
  const metric = (series.metrics ?? METRICS).get(id), held = series.teams[team.place], letter = held?.rows[at] ?? ".";
  const get = (name) => held?.figures[name]?.[at] ?? null;
  const parts = metric.over.map(get);
  const over = parts.length === 0 || parts.includes(null) ? null : parts.reduce((sum, part) => sum + part);
  const value = get(id), length = series.periods[at][LENGTH];
  return {
    metric, team, at, value, over, letter, get,
    period: series.periods[at][LABEL],
    hasRow: letter !== ".",
    isOpen: letter === "L" || letter === "P",
    isLeaf: letter === "l" || letter === "L",
    part: metric.part ? get(metric.part) : null,
    perDay: metric.count && value !== null && isOver(letter) ? value / length : null,
    // Counts are compared per day.
    measure: metric.count ? (value === null || !isOver(letter) ? null : value / length) : value,
    isSmall: value !== null && metric.minimum > 0 && over !== null && over < metric.minimum,
    asOf: series.dates[held?.dates[at]] ?? null,
    rating: series.ratings[held?.ratings[at]] ?? null,
    missing: reasonOf(series, team, metric, at),
    restated: restated(series).get(`${team.place} ${id} ${at}`) ?? null,
  };
}

// The letter of the reason for a missing figure; null if there is a figure, or if the team did not exist yet.
function reasonOf(series, team, metric, at) {
  const held = series.teams[team.place], value = held?.figures[metric.id]?.[at] ?? null;
  if (value !== null) return null;
  const kind = held?.coverage[metric.stream]?.[at] ?? ".";
  if (kind !== ".") return kind;
  return (held?.rows[at] ?? ".") === "." ? null : "0";
}

// The first and the last value of each restated figure, by team, metric and period.
function restated(series) {
  if (!series.restatements) {
    series.restatements = new Map();
    for (const [team, at, id, from, to, on] of series.restated) {
      const key = `${team} ${id} ${at}`;
      series.restatements.set(key, { team, at, id, from: series.restatements.get(key)?.from ?? from, to, on });
    }
  }
  return series.restatements;
}

// A change from the previous period (0) or from a year ago (1); null if there is no such period.
function change(series, now, comparison) {
  const other = series.periods[now.at][comparison === 0 ? PREVIOUS : YEAR_AGO];
  if (other === null) return null;
  const then = figure(series, now.team, now.metric.id, other);
  const letter = series.teams[now.team.place]?.changes[now.metric.id]?.[comparison]?.[now.at] ?? ".";
  const difference = letter === "." ? null : now.measure - then.measure;
  return { then, letter, difference, percent: difference === null || !then.measure ? null : (100 * difference) / then.measure };
}

// The band of a leaf team's figure in a year, or the reason why it has none.
function place(series, shown, year) {
  const { metric, value } = shown, id = metric.id, bands = DATA.bands[year]?.[id];
  if (!bands || !shown.isLeaf || shown.isOpen || !["mean", "median"].includes(series.aggregation)) return null;
  if (value === null) return "no data";
  if (id === "deployments" && value === 0) return "no deployments";
  if (id === "lead_time_days" && series.aggregation !== "mean") return "stages do not add up";
  const measured = measureOf(shown, series.periods[shown.at]);
  if (measured === null) return "no data";
  if (metric.minimum > 0 && shown.over === null) return "number behind it unknown";
  if (metric.minimum > 0 && shown.over < metric.minimum)
    return id === "time_to_restore_days" ? "too few failures" : "too few deployments";
  const ranges = bands.filter(([, low]) => low !== null);
  if (ranges.length === 0) return "published as single values";
  const fits = ranges.filter(([, low, high]) => measured >= low && (high === null || measured < high));
  if (fits.length > 0) return fits.length === 1 ? fits[0][0] : "in several bands";
  if (measured < Math.min(...ranges.map(([, low]) => low))) return "better than every band";
  const highs = bands.map(([, , high]) => high);
  return !highs.includes(null) && measured >= Math.max(...highs) ? "worse than every band" : "between bands";
}

// DORA's lead time starts with the commit; its deployment frequency is given as days between deployments.
function measureOf(shown, period) {
  if (shown.metric.id === "lead_time_days") {
    const stages = ["coding_days", "review_days", "build_days", "deploy_days"].map(shown.get);
    return stages.includes(null) ? null : stages.reduce((sum, stage) => sum + stage);
  }
  if (shown.metric.id === "deployments") return period[DAYS] / shown.value;
  return shown.value;
}

// The number of leaf teams below a team in each band, in a period.
function bandCounts(series, team, id, at, year) {
  const top = team.place === null ? "" : `${pathAt(series, team, at)}/`, counts = new Map();
  for (const other of DATA.teams) {
    if (!isOver(series.teams[other.place]?.rows[at]) || !pathAt(series, other, at).startsWith(top)) continue;
    const found = place(series, figure(series, other, id, at), year);
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return counts;
}

const pathAt = (series, team, at) => series.teams[team.place]?.paths.findLast(([from]) => from <= at)?.[1] ?? team.path;

// The newest period up to `last` that is over, or null.
function closed(series, last) {
  for (let at = last; at >= 0; at--) if (series.periods[at][OVER]) return at;
  return null;
}
