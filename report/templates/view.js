// The choices, which are in the address, and the view that they select.

const CHOICES = ["project", "granularity", "aggregation", "team", "metric", "from", "to", "bands", "below", "work"];
const ALL = { place: null, name: "All teams", path: "", parent: null, ended: null, former: [] };

const chosen = () => new URLSearchParams(location.hash.slice(1));

// The address of the current choices with some changed; null resets a choice.
function address(changes) {
  const choices = chosen();
  for (const [name, value] of Object.entries(changes)) value === null ? choices.delete(name) : choices.set(name, value);
  return `#${choices}`;
}

// If this file does not contain the team or period of a link, show the nearest one.
function read() {
  const choices = chosen(), usual = DATA.series[DATA.current];
  const narrow = (found, name, valueOf, fallback) => {
    const asked = found.filter((series) => valueOf(series) === (choices.get(name) ?? fallback));
    return asked.length > 0 ? asked : found;
  };
  let found = narrow(DATA.series, "project", projectOf, projectOf(usual));
  found = narrow(found, "granularity", (series) => series.granularity, usual.granularity);
  const series = narrow(found, "aggregation", (one) => one.aggregation, usual.aggregation)[0];
  const teams = DATA.teams.filter((team) => team.project === projectOf(series));
  const roots = teams.filter((team) => team.parent === null);
  const all = { ...ALL, children: roots };
  const team = teams.find((one) => one.path === choices.get("team")) ?? (roots.length === 1 && choices.get("team") !== "" ? roots[0] : all);
  const index = (name, fallback) => {
    const at = series.periods.findIndex((period) => period[START] === choices.get(name));
    return at === -1 ? fallback : at;
  };
  const to = index("to", series.periods.length - 1), from = Math.min(index("from", 0), to);
  const year = choices.has("bands") ? choices.get("bands") : String(DATA.year ?? "");
  return {
    series, teams, roots, team, from, to,
    at: closed(series, to) >= from ? closed(series, to) : null,
    metric: METRICS.get(choices.get("metric")) ?? DATA.metrics[0],
    year: year in DATA.bands ? year : null,
    sprints: sprintsOf(series, choices.get("work")),
    isDeep: choices.get("below") === "all",
    charts: [],
    select(at) { for (const one of this.charts) one.select(at); },
  };
}

// The change of a figure as text, and whether it is better or worse.
function changeWords(series, now, comparison) {
  const found = change(series, now, comparison);
  if (!found) return { text: comparison === 0 ? "No previous period" : "No period a year ago", kind: "unknown" };
  const { then, letter, difference, percent } = found, metric = now.metric;
  const was = metric.count && then.perDay !== null ? `${nearly(then.perDay)} a day` : words(metric, then.value);
  const since = `${then.period} (${was})`;
  if (letter === ".") return { text: `${then.period}: ${was}, nothing to compare`, kind: "unknown" };
  if (letter === "s") return { text: `The same as ${since}`, kind: "noise" };
  if (letter === "n") return { text: `Similar to ${since}: within noise`, kind: "noise" };
  const size = metric.unit === "percent" ? `${nearly(Math.abs(difference))} points` : percent === null ? "" : `${nearly(Math.abs(percent))} %`;
  const arrow = difference > 0 ? "▲" : "▼";
  if (letter === "u") return { text: `${arrow} ${size} from ${since}; too few periods to distinguish it from noise`, kind: "unknown" };
  const isWorse = letter === "w";
  return { text: `${arrow} ${capital(isWorse ? metric.worse : metric.better)} by ${size || "more than noise"} than ${since}`, kind: isWorse ? "worse" : "better" };
}

// The choices above the report.
function controls(view) {
  const { series } = view, projects = [...new Set(DATA.series.map(projectOf))];
  const same = DATA.series.filter((other) => projectOf(other) === projectOf(series));
  const granularities = [...new Set(same.map((other) => other.granularity))];
  const aggregations = same.filter((other) => other.granularity === series.granularity).map((other) => other.aggregation);
  const years = Object.keys(DATA.bands).map((year) => [year, `DORA ${year}`]);
  const periods = series.periods.map((period) => [period[START], period[LABEL]]);
  return [
    teamPicker(view),
    picker("project", "Project", projects.map((name) => [name, name]), projectOf(series), { team: null }),
    picker("granularity", "Periods", granularities.map((name) => [name, name.toLowerCase()]), series.granularity, { from: null, to: null }),
    picker("aggregation", "Aggregation", aggregations.map((name) => [name, name]), series.aggregation),
    picker("metric", "Metric", DATA.metrics.map((metric) => [metric.id, metric.title]), view.metric.id),
    picker("from", "From", periods, series.periods[view.from][START]),
    picker("to", "To", periods, series.periods[view.to][START]),
    view.sprints ? picker("work", "Sprint work in", DATA.sprints.filter((one) => projectOf(one) === projectOf(series) && one.granularity === series.granularity).map((one) => [one.mode, one.unit]), view.sprints.mode) : null,
    picker("bands", "Bands", [...years, ["none", "none"]], view.year ?? "none"),
  ];
}

// A choice among several options; hidden if there is only one.
function picker(name, title, options, value, also = {}) {
  if (options.length < 2) return null;
  const select = h("select", { name, onchange: () => { location.hash = address({ ...also, [name]: select.value }); } },
    options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
  return h("label", {}, h("span", {}, title), select);
}

// All teams as a tree of links; a search shows those whose path contains the words.
function teamPicker(view) {
  const items = [];
  const branch = (teams) => h("ul", {}, teams.map((team) => {
    const link = h("a", { href: address({ team: team.path }), "aria-current": team.path === view.team.path ? "true" : null }, team.name + (team.ended ? " (ended)" : ""));
    const item = h("li", {}, link, team.children.length > 0 ? branch(team.children) : null);
    items.push({ item, path: team.path.toLowerCase() });
    return item;
  }));
  const tops = view.roots.length === 1 ? view.roots : [{ ...ALL, children: view.roots }], tree = branch(tops);
  const search = h("input", { type: "search", placeholder: "Search teams", "aria-label": "Search teams", oninput: () => {
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = new Set(items.filter(({ path }) => asked.every((word) => path.includes(word))).map(({ item }) => item));
    for (const { item } of items) item.hidden = !hits.has(item) && ![...hits].some((hit) => item.contains(hit));
  } });
  return h("details", { class: "teams" }, h("summary", {}, h("span", {}, "Team"), h("b", {}, `${view.team.name} ▾`)), h("div", {}, search, tree));
}
