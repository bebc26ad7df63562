// One small chart of one team and metric. It is a slider for the keyboard and for screen readers: its value is the period.

const STEPS = [1, 2, 5, 10];

// Up to five ticks from 0 to `highest` in a readable unit; ticks of counts are whole numbers.
function ticks(metric, highest) {
  const unit = metric.unit !== "days" ? 1 : highest <= 1 / 24 ? 1 / 1440 : highest <= 2 ? 1 / 24 : 1;
  const rough = Math.max(highest / unit / 4, metric.count ? 1 : 1e-6), power = 10 ** Math.floor(Math.log10(rough));
  const step = STEPS.map((times) => times * power).find((candidate) => candidate >= rough * 0.999) * unit;
  return Array.from({ length: Math.max(1, Math.ceil(highest / step - 1e-9)) + 1 }, (_, count) => count * step);
}

// A figure in one line: value, counts, band, restatement and date.
function sentence(shown, bandYear, series) {
  const parts = [`${shown.period}: ${words(shown.metric, shown.value)}`, behind(shown)];
  if (shown.isOpen) parts.push("not yet closed");
  if (shown.isSmall) parts.push("a small number");
  const band = bandYear ? place(series, shown, bandYear) : null;
  if (band) parts.push(`DORA ${bandYear}: ${band}`);
  if (shown.restated) parts.push(`restated on ${day(shown.restated.on)}, was ${restatedWords(shown.metric, shown.restated.from)}`);
  if (shown.asOf) parts.push(`as of ${day(shown.asOf)}`);
  if (shown.missing) parts.push(DATA.reasons[shown.missing] ?? "");
  return parts.filter(Boolean).join(" · ");
}

const restatedWords = (metric, value) => (typeof value === "string" ? value : words(metric, value));

// The counts behind a figure: "3 of 45 deployments", "from 45 deployments", "1.5 a day".
function behind(shown) {
  if (shown.perDay !== null) return `${nearly(shown.perDay)} a day`;
  if (shown.value === null || shown.metric.over.length === 0) return "";
  if (shown.over === null) return shown.metric.against ? "" : "denominator unknown";
  if (shown.metric.against) return `against ${nearly(shown.over)} ${shown.metric.noun}`;
  return shown.part === null ? `from ${plural(shown.over, shown.metric.noun)}` : `${nearly(shown.part)} of ${plural(shown.over, shown.metric.noun)}`;
}

// A chart of `view.from` to `view.to`; `top` is the highest tick. `select(at)` marks a period in it, null the default one.
function chart(view, team, metric, steps, width, height) {
  const { series } = view, left = 62, right = 8, above = 8, under = 22, top = steps.at(-1);
  const shown = Array.from({ length: view.to - view.from + 1 }, (_, count) => figure(series, team, metric.id, view.from + count));
  const x = (at) => left + ((at - view.from + 0.5) * (width - left - right)) / shown.length;
  const y = (value) => above + (1 - value / top) * (height - above - under);
  const marker = svg("g", { class: "marker" });
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    steps.map((step) => [
      svg("line", { class: "grid", x1: left, x2: width - right, y1: y(step), y2: y(step) }),
      svg("text", { x: left - 6, y: y(step) + 4, "text-anchor": "end" }, step === 0 ? "0" : words(metric, step)),
    ]),
    svg("text", { x: left, y: height - 5 }, shown[0].period),
    shown.length > 1 ? svg("text", { x: width - right, y: height - 5, "text-anchor": "end" }, shown.at(-1).period) : null,
    metric.against ? svg("path", { class: "line against", d: path(shown.map(({ at }) => figure(series, team, metric.against, at)), x, y) }) : null,
    svg("path", { class: "line", d: path(shown, x, y) }),
    shown.filter((one) => one.value !== null && (shown.length <= 60 || one.isOpen || one.restated)).map((one) =>
      svg("circle", { class: pointClass(one), cx: x(one.at), cy: y(one.value), r: one.restated ? 4.5 : 3 })),
    marker);
  const readout = h("p", { class: "readout" });
  const slider = h("div", {
    class: "plot", tabindex: 0, role: "slider", "aria-label": `${metric.title}, ${team.name}`,
    "aria-valuemin": view.from, "aria-valuemax": view.to,
    onkeydown: (event) => step(event), onpointermove: (event) => point(event), onpointerdown: (event) => point(event),
    onpointerleave: () => view.select(null), onblur: () => view.select(null), onfocus: () => view.select(current),
  }, drawing);
  let current = view.at ?? view.to;

  function select(at) {
    current = at ?? view.at ?? view.to;
    const one = shown[current - view.from], said = sentence(one, view.year, series);
    slider.setAttribute("aria-valuenow", current);
    slider.setAttribute("aria-valuetext", said);
    readout.replaceChildren(said);
    readout.classList.toggle("pale", one.isSmall);
    marker.replaceChildren(...(at === null ? [] : [
      svg("line", { x1: x(at), x2: x(at), y1: above, y2: height - under }),
      ...(one.value === null ? [] : [svg("circle", { cx: x(at), cy: y(one.value), r: 5 })])]));
  }
  function step(event) {
    const to = { ArrowLeft: current - 1, ArrowRight: current + 1, ArrowDown: current - 1, ArrowUp: current + 1, Home: view.from, End: view.to }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    view.select(Math.min(view.to, Math.max(view.from, to)));
  }
  function point(event) {
    const box = drawing.getBoundingClientRect();
    const share = (((event.clientX - box.left) * width) / box.width - left) / (width - left - right);
    view.select(view.from + Math.min(shown.length - 1, Math.max(0, Math.floor(share * shown.length))));
  }
  select(null);
  return { element: h("div", { class: "chart" }, slider, readout), select };
}

// A line through closed figures; it breaks at missing ones.
function path(shown, x, y) {
  let draws = false;
  return shown.map((one) => {
    if (one.value === null || one.isOpen) {
      draws = false;
      return "";
    }
    const command = draws ? "L" : "M";
    draws = true;
    return `${command}${x(one.at).toFixed(1)} ${y(one.value).toFixed(1)}`;
  }).join("");
}

const pointClass = (one) =>
  ["point", one.isOpen && "open", one.restated && "restated", one.isSmall && "small"].filter(Boolean).join(" ");

// The stages of a mean lead time, one bar for each team on a common scale.
function stageBar(parts, highest) {
  const width = 400;
  let from = 0;
  return svg("svg", { viewBox: `0 0 ${width} 18`, class: "stages", preserveAspectRatio: "none", "aria-hidden": "true" },
    parts.map((value, place) => {
      const wide = (value * width) / highest, bar = svg("rect", { class: `stage-${place}`, x: from, width: wide, height: 18 });
      from += wide;
      return bar;
    }));
}
