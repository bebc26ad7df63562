// Tables that you can sort with a click on a heading and save as CSV.

// `rows` are lists of cells: a text, or {text, value, className, href}; `value` is used to sort, and in the CSV.
function table(caption, headings, rows, name) {
  const body = h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map(tableCell))));
  const head = h("tr", {}, headings.map((title, column) =>
    h("th", { scope: "col" }, h("button", { type: "button", onclick: () => sort(column) }, title))));
  function sort(column) {
    const heading = head.children[column], falls = heading.getAttribute("aria-sort") === "ascending";
    for (const other of head.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", falls ? "descending" : "ascending");
    const sorted = [...body.rows].sort((one, other) => compare(one.cells[column], other.cells[column], falls ? -1 : 1));
    body.append(...sorted);
  }
  const made = h("table", {}, h("caption", {}, caption), h("thead", {}, head), body);
  return h("div", { class: "table", "data-table": name },
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, made),
    h("button", { type: "button", class: "csv", onclick: () => save(made, name) }, "Download CSV"));
}

function tableCell(cell, column) {
  const { text, value, className, href } = typeof cell === "object" && cell !== null ? cell : { text: cell };
  const attributes = { class: className, "data-value": value ?? null, scope: column === 0 ? "row" : null };
  return h(column === 0 ? "th" : "td", attributes, href ? h("a", { href }, text) : (text ?? ""));
}

// The value of a cell, or null if it has no figure.
const valueOf = (cell) => (cell.classList.contains("none") ? null : (cell.dataset.value ?? cell.textContent));

// Cells without a value come last in both directions.
function compare(one, other, way) {
  const [a, b] = [valueOf(one), valueOf(other)];
  if (a === null || b === null) return (a === null) - (b === null);
  const difference = Number(a) - Number(b);
  return way * (Number.isNaN(difference) ? a.localeCompare(b) : difference);
}

function csv(made) {
  return [...made.rows].map((row) => [...row.cells].map((cell) => {
    const value = valueOf(cell) ?? "";
    // A spreadsheet would read a text with this start as a formula.
    const safe = Number.isNaN(Number(value)) && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return `"${safe.replaceAll('"', '""')}"`;
  }).join(",")).join("\r\n");
}

function save(made, name) {
  const address = URL.createObjectURL(new Blob([`\ufeff${csv(made)}\r\n`], { type: "text/csv" }));
  h("a", { href: address, download: `${name}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address));
}
