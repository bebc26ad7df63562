// Figures as text, and elements of the page.

// Created once: to create a formatter takes longer than the rest of a cell.
const NUMBERS = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const DAYS_SAID = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const nearly = (value) => NUMBERS.format(value);

// Days in a readable unit: 58 min, 3.5 h, 1.8 days.
function duration(days) {
  const minutes = days * 1440;
  if (minutes > 0 && minutes < 1) return "<1 min";
  if (Math.round(minutes) < 60) return `${Math.round(minutes)} min`;
  if (Math.round(minutes / 6) / 10 < 24) return `${nearly(minutes / 60)} h`;
  return `${nearly(days)} ${nearly(days) === "1" ? "day" : "days"}`;
}

function words(metric, value) {
  if (value === null || value === undefined) return "no figure";
  if (metric.unit === "days") return duration(value);
  return metric.unit === "percent" ? `${nearly(value)} %` : nearly(value);
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

// "3 teams", "1 team".
const plural = (count, noun) => `${nearly(count)} ${count === 1 ? noun.replace(/s$/, "") : noun}`;

// At most `most` of the names, and the number of the others.
const some = (names, most = 4) =>
  names.slice(0, most).join(", ") + (names.length > most ? ` and ${names.length - most} more` : "");

// 2026-11-26 as 26 Nov 2026.
const day = (iso) => DAYS_SAID.format(new Date(`${iso}T00:00Z`));

// An element: texts among `inside` are never markup. Attributes that are null or false are omitted.
function h(tag, attributes = {}, ...inside) {
  return fill(document.createElement(tag), attributes, inside);
}

function svg(tag, attributes = {}, ...inside) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, inside);
}

function fill(element, attributes, inside) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...inside.flat(Infinity).filter((part) => part !== null && part !== undefined && part !== false));
  return element;
}
