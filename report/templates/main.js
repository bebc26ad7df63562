// Draws the page again after each choice.

function trends(view) {
  const { series, team, metric } = view, shown = [...(team.place === null ? [] : [team]), ...team.children];
  let highest = 0;
  for (const one of shown) for (let at = view.from; at <= view.to; at++) highest = Math.max(highest, figure(series, one, metric.id, at).value ?? 0);
  const steps = ticks(metric, highest);
  return h("div", { class: "charts" }, shown.map((one) => {
    const isBig = one === team, wide = Math.min(isBig ? 1220 : 330, innerWidth - 64);
    const drawn = chart(view, one, metric, steps, wide, isBig ? 200 : 140);
    view.charts.push(drawn);
    const name = isBig ? one.name : h("a", { href: address({ team: one.path }) }, one.name);
    const now = view.at === null ? null : figure(series, one, metric.id, view.at), { text, kind } = now ? changeWords(series, now, 1) : {};
    return h("figure", { class: isBig ? "own" : null, "data-team": one.path },
      h("figcaption", {}, h("b", {}, name), one.ended ? ` ended, last in ${one.ended}` : "", now ? h("span", { class: `change ${kind}` }, text) : null), drawn.element);
  }));
}

function stages(view) {
  const { series, team, at } = view, held = DATA.stages.map((id) => METRICS.get(id)).filter(Boolean);
  const shown = at === null ? [] : [...(team.place === null ? [] : [team]), ...team.children].map((one) => held.map((metric) => figure(series, one, metric.id, at)));
  const full = shown.filter((parts) => parts.length > 0 && parts.every(({ value }) => value !== null));
  if (full.length === 0) return h("p", {}, "No stages in this period.");
  const highest = Math.max(...full.map((parts) => parts.reduce((sum, { value }) => sum + value, 0))) || 1;
  // Percentiles of stages do not add up to that of the lead time.
  const isMean = series.aggregation === "mean";
  const rows = shown.map((parts) => [teamCell(parts[0].team), ...parts.map((one) => figureCell(one))]);
  return [
    isMean ? h("p", { class: "legend" }, held.map((metric, place) => h("span", { class: `key stage-${place}` }, metric.title))) : h("p", { class: "soft" }, `The ${series.aggregation} of each stage; they do not add up to that of the lead time.`),
    isMean ? h("div", { class: "bars" }, full.map((parts) => [h("span", {}, parts[0].team.name), stageBar(parts.map(({ value }) => value), highest)])) : null,
    h("details", {}, h("summary", {}, "Figures of the stages"), table(`Stages of the lead time, ${series.periods[at][LABEL]}`, ["Team", ...held.map(({ title }) => title)], rows, "stages")),
  ];
}

function tables(view) {
  const { series, team, at } = view, columns = DATA.metrics;
  const headings = columns.map((metric) => metric.title);
  const teams = view.isDeep ? below(team) : team.children;
  const cells = (one, place) => columns.map((metric) => figureCell(figure(series, one, metric.id, place)));
  const extra = (one, place) => HEADLINE.map((metric) => {
    const now = figure(series, one, metric.id, place), found = changeWords(series, now, 1);
    return { text: found.kind === "unknown" || found.kind === "noise" ? found.kind : metric[found.kind], value: change(series, now, 1)?.percent ?? null, className: found.kind === "unknown" ? "none" : found.kind };
  });
  return [
    team.place === null ? null : table(`${team.name} by period`, ["Period", ...headings, "SEI's rating", "As of"],
      Array.from({ length: view.to - view.from + 1 }, (_, count) => view.to - count).map((place) => {
        const now = figure(series, team, "deployments", place);
        return [{ ...period(view, place), className: now.isOpen ? "open" : null }, ...cells(team, place), now.rating ?? "", now.asOf ?? ""];
      }), "periods"),
    team.children.length === 0 || at === null ? null : [
      h("p", {}, h("a", { href: address({ below: view.isDeep ? null : "all" }) }, view.isDeep ? "Only the teams right below" : "All teams below")),
      table(`Teams below ${team.name}, ${series.periods[at][LABEL]}`, ["Team", "Path", ...headings, ...HEADLINE.map((metric) => `${metric.title}, % since a year ago`), "As of"],
        teams.map((one) => [teamCell(one), one.path, ...cells(one, at), ...extra(one, at), figure(series, one, "deployments", at).asOf ?? ""]), "teams")],
  ];
}

function trail(view) {
  const up = [];
  for (let team = view.team; team.parent !== null; team = DATA.teams[team.parent]) up.unshift(DATA.teams[team.parent]);
  return [...(view.roots.length > 1 && view.team.place !== null ? [{ ...ALL }] : []), ...up].map((team) => [h("a", { href: address({ team: team.path }) }, team.name), " / "]);
}

function draw() {
  const view = read(), { series } = view, over = view.at === null ? "" : series.periods[view.at][LABEL];
  const needy = needing(view), doubtful = doubts(view);
  const section = (id, title, ...inside) => h("section", { id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), ...inside);
  const rating = view.at === null || view.team.place === null ? null : figure(series, view.team, view.metric.id, view.at).rating;
  document.getElementById("choices").replaceChildren(...controls(view).filter(Boolean));
  document.getElementById("report").replaceChildren();
  fill(document.getElementById("report"), {}, [
    h("p", { class: "trail" }, trail(view), h("b", {}, view.team.name), h("span", { class: "soft" }, ` ${projectOf(series)}, ${series.granularity.toLowerCase()}, ${series.aggregation}${rating ? ` · SEI's overall rating in ${over}: ${rating}` : ""}`)),
    view.at === null ? null : brief(view, needy, doubtful),
    section("faster", `Are we getting faster and safer? ${over}`, view.team.place === null ? h("p", { class: "soft" }, "Figures of several roots do not add up: choose one.") : null, tiles(view)),
    h("div", { class: "two" },
      section("help", "Who needs help?", help(view, needy)),
      section("trust", "Can I trust it?", trust(view, doubtful))),
    section("trend", `${view.metric.title}, ${series.periods[view.from][LABEL]} to ${series.periods[view.to][LABEL]}`, trends(view),
      h("p", { class: "soft" }, "All charts have the same scale. A ring is a restated figure, a dotted point an open period, a pale point a small number. Lines break at missing figures.")),
    view.sprints ? section("sprints", `Sprints: commitment, delivery and creep, ${series.periods[view.from][LABEL]} to ${series.periods[view.to][LABEL]}`, sprintSection(view)) : null,
    section("stages", `Stages of the lead time, ${over}`, stages(view)),
    section("tables", "Tables", tables(view))]);
  document.title = `DORA report: ${view.team.name}`;
}

addEventListener("hashchange", draw);
let width = innerWidth;
addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; draw(); } });
draw();
