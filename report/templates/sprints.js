// Sprint metrics of the team, below its trend: commitment, delivery, scope creep and predictability.

// The sprint metrics of the project and period length, in the chosen mode if there are several; null if there are none.
function sprintsOf(series, mode) {
  const held = DATA.sprints.filter((one) => projectOf(one) === projectOf(series) && one.granularity === series.granularity);
  return held.find((one) => one.mode === mode) ?? held[0] ?? null;
}

// The sprint metrics of some teams as a series with the periods of `series`, for the same charts and tables as DORA's.
function sprintSeries(series, held, teams) {
  const places = series.periods.map((period) => held.starts.indexOf(period[START]));
  const list = (values) => places.map((place) => (place === -1 ? null : values[place]));
  const text = (letters) => places.map((place) => (place === -1 ? "." : letters[place])).join("");
  const each = (found, make) => Object.fromEntries(Object.entries(found).map(([name, values]) => [name, make(values)]));
  const aligned = ({ rows, dates, figures, coverage }) =>
    ({ rows: text(rows), dates: list(dates), figures: each(figures, list), coverage: each(coverage, text), ratings: [], changes: {} });
  return {
    ...series, dates: held.dates, ratings: [], restatements: new Map(), metrics: new Map(held.metrics.map((metric) => [metric.id, metric])),
    teams: Object.fromEntries(teams.filter(({ place }) => held.teams[place]).map(({ place }) => [place, aligned(held.teams[place])])),
  };
}

function sprintSection(view) {
  const { team, sprints } = view, teams = [...(team.place === null ? [] : [team]), ...team.children];
  const series = sprintSeries(view.series, sprints, teams), range = { ...view, series };
  const shown = Array.from({ length: view.to - view.from + 1 }, (_, count) => view.to - count);
  const has = (one) => shown.some((at) => (series.teams[one.place]?.rows[at] ?? ".") !== ".");
  return [
    team.place === null ? null : has(team) ? h("div", { class: "charts" }, sprints.metrics.filter((metric) => metric.is_drawn).map((metric) => sprintChart(range, metric)))
      : h("p", {}, `${team.name} has no sprint metrics in this range.`),
    h("p", { class: "soft" }, "The dashed line is the commitment. A guess, because SEI does not document it: a period has the sprints that end in it, and the two figures of predictability are percent. Do not compare teams by story points: each team estimates by its own scale."),
    sprints.lost.length === 0 ? null
      : h("ul", { class: "trust" }, fact("Lost or not loaded", `${plural(sprints.lost.length, "requests")} for sprint metrics did not arrive, or not whole.`, () => lostTable(sprints))),
    h("details", {}, h("summary", {}, "Figures of the sprints"),
      has(team) ? sprintTable(series, `Sprint metrics of ${team.name} by period`, "Period", shown.map((at) => [period(range, at), team, at]), "sprint-periods") : null,
      view.at !== null && team.children.some(has) ? sprintTable(series, `Sprint metrics below ${team.name}, ${series.periods[view.at][LABEL]}`, "Team", team.children.map((one) => [teamCell(one), one, view.at]), "sprint-teams") : null),
  ];
}

function sprintChart(view, metric) {
  const { series, team } = view, ids = [metric.id, metric.against].filter(Boolean);
  let highest = 0;
  for (const id of ids) for (let at = view.from; at <= view.to; at++) highest = Math.max(highest, figure(series, team, id, at).value ?? 0);
  const drawn = chart(view, team, metric, ticks(metric, highest), Math.min(330, innerWidth - 64), 140);
  view.charts.push(drawn);
  return h("figure", { "data-metric": metric.id }, h("figcaption", {}, h("b", {}, metric.title)), drawn.element);
}

function sprintTable(series, caption, first, rows, name) {
  const columns = [...series.metrics.values()];
  return table(caption, [first, ...columns.map(({ title }) => title), "As of"], rows.map(([cell, team, at]) => {
    const shown = columns.map(({ id }) => figure(series, team, id, at));
    return [{ ...cell, className: shown[0].isOpen ? "open" : null }, ...shown.map((one) => figureCell(one)), shown[0].asOf ?? ""];
  }), name);
}
