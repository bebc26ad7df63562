// The first screen: are we getting faster and safer, who needs help, can you trust the figures.

const LOW_COVERAGE = 50;

function tiles(view) {
  if (view.at === null) return h("p", {}, "No period of this range is over yet.");
  return h("div", { class: "tiles" }, HEADLINE.map((metric) => tile(view, metric)));
}

function tile(view, metric) {
  const { series, team, at } = view, now = figure(series, team, metric.id, at);
  const changes = team.place === null ? [] : [0, 1].map((comparison) => changeWords(series, now, comparison));
  return h("article", { class: "tile", "data-metric": metric.id },
    h("h3", {}, h("a", { href: address({ metric: metric.id }), "aria-current": metric.id === view.metric.id ? "true" : null }, metric.title)),
    team.place === null ? null : [
      h("p", { class: now.isSmall ? "big pale" : "big", "data-value": now.value }, words(metric, now.value)),
      h("p", { class: "soft" }, [now.period, behind(now), now.isSmall ? "a small number" : "", now.missing ? DATA.reasons[now.missing] : ""].filter(Boolean).join(" · ")),
      changes.map(({ text, kind }) => h("p", { class: `change ${kind}` }, text))],
    since(view, metric),
    standing(view, now, metric));
}

// The child teams that are better or worse than a year ago, by more than noise.
function since(view, metric) {
  const found = { worse: [], better: [] };
  for (const child of view.team.children) {
    const { kind } = changeWords(view.series, figure(view.series, child, metric.id, view.at), 1);
    found[kind]?.push(child.name);
  }
  const said = [[metric.worse, found.worse], [metric.better, found.better]].filter(([, names]) => names.length > 0);
  if (view.team.children.length === 0 || view.series.periods[view.at][YEAR_AGO] === null) return null;
  return h("p", { class: "soft since" }, "Below, since a year ago: ",
    said.length === 0 ? "none changed by more than noise" : said.map(([word, names]) => `${word}: ${some(names)}`).join("; "));
}

// A leaf team's band, or the number of leaf teams in each band: a parent has no band.
function standing(view, now, metric) {
  if (!view.year) return null;
  const own = view.team.place === null ? null : place(view.series, now, view.year);
  if (own) return h("p", { class: "soft band" }, `DORA ${view.year}: ${own}`);
  const counts = [...bandCounts(view.series, view.team, metric.id, view.at, view.year)];
  const order = (DATA.bands[view.year][metric.id] ?? []).map(([band]) => band);
  const rank = ([name]) => (order.includes(name) ? order.indexOf(name) : order.length);
  counts.sort((one, other) => rank(one) - rank(other));
  if (counts.length === 0) return null;
  const list = (isBand) => counts.filter(([name]) => order.includes(name) === isBand).map(([name, count]) => `${count} ${name}`).join(", ");
  const parts = [list(true), list(false) && `no band: ${list(false)}`].filter(Boolean);
  return h("p", { class: "soft band" }, `Leaf teams, DORA ${view.year}: ${parts.join("; ")}`);
}

// One sentence for each of the three questions.
function brief(view, { unusual, missed }, { changed, gaps, lost, dates }) {
  const count = (rows, noun, none) => (rows.length > 0 ? plural(rows.length, noun) : none);
  return h("ul", { class: "brief" },
    h("li", {}, view.team.place === null ? "Choose a team: figures of several roots do not add up." : sinceYear(view)),
    h("li", {}, `${capital(count(unusual, "figures", "no figure"))} worse than a team's usual range, ${count(missed, "targets", "no target")} missed.`),
    h("li", {}, `${dates}: ${count(changed, "figures", "none")} restated, ${count(gaps, "gaps", "no gap")}, ${count(lost, "requests", "nothing")} lost.`));
}

function sinceYear(view) {
  const said = HEADLINE.map((metric) => [metric, changeWords(view.series, figure(view.series, view.team, metric.id, view.at), 1).kind]);
  const moved = said.filter(([, kind]) => kind === "better" || kind === "worse").map(([metric, kind]) => `${metric.title.toLowerCase()} ${metric[kind]}`);
  const year = view.series.periods[view.series.periods[view.at][YEAR_AGO]]?.[LABEL];
  if (!year) return "There is no period a year ago to compare with.";
  return moved.length === 0 ? `Since ${year} no metric has changed by more than noise.` : `Since ${year}: ${moved.join(", ")}${moved.length < said.length ? "; the others within noise or unknown" : ""}.`;
}

// The teams of the view with regressions or missed targets in the newest closed period.
function needing(view) {
  const { series } = view, ours = members(view);
  const unusual = series.regressions.filter(([team]) => ours.has(team));
  return { unusual, missed: series.targets.filter(([team, , , , isMet]) => ours.has(team) && isMet === false) };
}

function help(view, { unusual, missed }) {
  const { series } = view;
  const rows = [
    ...unusual.map(([team, at, id, measure, low, high]) => helpRow(series, team, at, id, `usually ${measured(METRICS.get(id), low)} to ${measured(METRICS.get(id), high)}`, "outside its usual range")),
    ...missed.map(([team, at, id, target]) => helpRow(series, team, at, id, `target ${words(METRICS.get(id), target)}`, "target missed")),
  ];
  const targets = series.targets.length === 0 ? "No target is set." : missed.length === 0 ? "No target is missed." : "";
  const period = series.periods[closed(series, series.periods.length - 1) ?? 0][LABEL];
  return [
    h("p", {}, `${unusual.length === 0 ? `No team is outside its own usual range in ${period}.` : `Worse than the team's own usual range in ${period}: ${plural(unusual.length, "figures")}.`} ${targets}`),
    rows.length > 0 ? table(`Teams that need help, ${period}`, ["Team", "Metric", "Figure", "From", "Compared with", "Why"], rows, "help") : null,
  ];
}

function helpRow(series, place, at, id, against, why) {
  const now = figure(series, DATA.teams[place], id, at), metric = METRICS.get(id);
  const per = metric.count && why === "outside its usual range";
  return [teamCell(now.team), metric.title, figureCell(now, per ? `${nearly(now.perDay)} a day` : undefined), behind(now), against, why];
}

const measured = (metric, value) => (metric.count ? `${nearly(Math.max(0, value))} a day` : words(metric, Math.max(0, value)));
const members = (view) => new Set((view.team.place === null ? view.teams : [view.team, ...below(view.team)]).map((team) => team.place));
const teamCell = (team) => ({ text: team.name, value: team.path, href: address({ team: team.path }) });

function figureCell(now, text = words(now.metric, now.value)) {
  const notes = [now.isSmall && "pale", now.value === null && "none", now.restated && "changed"].filter(Boolean).join(" ");
  return { text: text + (now.restated ? " ↻" : ""), value: now.value, className: notes || null };
}

// The date of the figures, and those that are open, restated, missing, lost or from small numbers.
function doubts(view) {
  const { series, at } = view, ours = [...members(view)].map((place) => DATA.teams[place]), inRange = within(view);
  const changed = [...restated(series).values()].filter((one) => inRange(one.at) && ours.includes(DATA.teams[one.team]));
  const days = [...new Set(ours.flatMap((team) => (at === null ? [] : [figure(series, team, "deployments", at).asOf])).filter(Boolean))].sort();
  const dates = days.length === 0 ? "As of an unknown day" : `As of ${[...new Set([days[0], days.at(-1)])].map(day).join(" to ")}`;
  return { ours, changed, dates, gaps: missingRows(view, ours), lost: series.lost };
}

const within = (view) => (at) => at >= view.from && at <= view.to;

function trust(view, { ours, changed, dates, gaps }) {
  const { series, at } = view, inRange = within(view);
  const open = series.periods.filter((period, place) => inRange(place) && !period[OVER]).map((period) => period[LABEL]);
  const small = at === null ? [] : smallRates(view, ours), thin = at === null ? [] : thinCoverage(view, ours);
  const former = ours.filter((team) => team.former.length > 0);
  return h("ul", { class: "trust" },
    h("li", {}, h("b", {}, dates), ". SEI restates closed periods, so a later report can differ."),
    fact("Open", open.length > 0 ? `${some(open)}: not over yet, and not compared.` : "no period of this range.", null),
    fact("Restated", changed.length > 0 ? `${plural(changed.length, "figures")} of closed periods changed after they were first loaded.` : "no closed figure.", changed.length > 0 && (() => restatedTable(view, changed))),
    fact("Lost or not loaded", series.lost.length > 0 ? `${plural(series.lost.length, "requests")} failed or arrived incomplete.` : "nothing.", series.lost.length > 0 && (() => lostTable(series))),
    fact("Missing figures", gaps.length > 0 ? `${plural(gaps.length, "gaps")} of the four metrics in this range. Missing is not zero.` : "none of the four metrics.", gaps.length > 0 && (() => gapTable(gaps))),
    fact("Small numbers",
      small.length > 0
        ? `failure rates from fewer than ${METRICS.get("change_failure_rate_percent").minimum} deployments: ${named(small, (one) => `${nearly(one.part ?? 0)} of ${nearly(one.over)}`)}.`
        : "no failure rate is from too few deployments.",
      small.length > 0 && (() => figureTable("Failure rates from few deployments", "small", small))),
    fact("Low pull-request coverage",
      thin.length > 0 ? `lead times cover less than half of the work: ${named(thin, (one) => words(one.metric, one.value))}.` : `no team below ${LOW_COVERAGE} %.`,
      thin.length > 0 && (() => figureTable("Low pull-request coverage", "coverage", thin))),
    former.length > 0 ? fact("Moved or renamed", some(former.map((team) => `${team.path}, until ${day(team.former.at(-1)[1])} ${team.former.at(-1)[0]}`)), null) : null);
}

// A sentence, and a table that is built when the user opens it, because it can have thousands of rows.
function fact(title, text, makeTable) {
  const fold = () => h("details", { ontoggle: ({ target }) => { if (target.children.length === 1) target.append(makeTable()); } }, h("summary", {}, "Show them"));
  return h("li", {}, h("b", {}, `${title}: `), text, makeTable ? fold() : null);
}

// The failure rates of the last closed period that are from too few deployments.
function smallRates(view, teams) {
  return teams.map((team) => figure(view.series, team, "change_failure_rate_percent", view.at)).filter((one) => one.isSmall);
}

function thinCoverage(view, teams) {
  if (!METRICS.has("pull_request_coverage_percent")) return [];
  const found = teams.map((team) => figure(view.series, team, "pull_request_coverage_percent", view.at));
  return found.filter((one) => one.value !== null && one.value < LOW_COVERAGE);
}

const named = (figures, say) => some(figures.map((one) => `${one.team.name} (${say(one)})`));
const figureTable = (caption, name, figures) =>
  table(caption, ["Team", "Figure", "Of", "From"], figures.map((one) => [teamCell(one.team), figureCell(one), one.part ?? "", one.over ?? ""]), name);

function restatedTable(view, changed) {
  const rows = changed.map(({ team, at, id, from, to, on }) => {
    const metric = METRICS.get(id) ?? { title: "SEI's rating" };
    return [teamCell(DATA.teams[team]), { text: view.series.periods[at][LABEL], value: view.series.periods[at][START] }, metric.title, valueCell(metric, from), valueCell(metric, to), on];
  });
  return table("Restated figures", ["Team", "Period", "Metric", "Was", "Is", "Restated on"], rows, "restated");
}

const valueCell = (metric, value) => ({ text: restatedWords(metric, value), value, className: value === null ? "none" : null });

function lostTable(series) {
  return table("Asked for and not received", ["Stream", "Scope", "State", "First", "Last", "Message"], series.lost.map((row) => row.map((text) => text ?? "")), "lost");
}

// Runs of periods in which a team lacks a metric for the same reason.
function missingRows(view, teams) {
  const found = [];
  for (const team of teams) for (const metric of HEADLINE) {
    let run = null;
    for (let at = view.from; at <= view.to; at++) {
      const kind = view.series.periods[at][OVER] ? reasonOf(view.series, team, metric, at) : null;
      if (kind && run?.kind === kind) run.last = at;
      else if (kind) found.push((run = { team, metric, kind, first: at, last: at }));
      else run = null;
    }
  }
  return found.map(({ team, metric, kind, first, last }) => [
    teamCell(team), metric.title, period(view, first), period(view, last), { text: last - first + 1, value: last - first + 1 }, DATA.reasons[kind]]);
}

const period = (view, at) => ({ text: view.series.periods[at][LABEL], value: view.series.periods[at][START] });
const gapTable = (rows) => table("Missing figures", ["Team", "Metric", "First", "Last", "Periods", "Reason"], rows, "missing");
