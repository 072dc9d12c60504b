// The data catalogue: opening a table's rows loads its file, and the rows can then be searched and sorted.

import { _ } from "./words.js";

/** Rows of a CSV text (RFC 4180), each an array of cells. */
function parseCsv(text) {
  const rows = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  for (let match; cell.lastIndex < text.length && (match = cell.exec(text)); ) {
    rows.at(-1).push(match[1] === undefined ? match[2] : match[1].replaceAll('""', '"'));
    if (match[3] !== ",") rows.push([]);
  }
  return rows.filter((row) => row.length);
}

/** Comparison of two cells: numbers by value, other text by the reader's alphabet, empty cells last in either order. */
export function compare(a, b, numeric, direction) {
  if (!a || !b) return !a - !b;
  return direction * (numeric ? a - b : a.localeCompare(b, undefined, { numeric: true }));
}

/** Whether every word that is searched for stands somewhere in the row. */
export function holds(row, words) {
  const text = row.join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

const LONG = 40; // characters of a cell that may wrap
const UNSURE = new Set(["estimate", "plan", "forecast", "assumption"]);

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Load the rows when they are opened, and try again at each opening as long as they do not come. */
function prepare(details, first) {
  details.addEventListener("toggle", () => (details.open ? enliven(details, first) : prepare(details, first)), { once: true });
}

async function enliven(details, first) {
  const status = details.querySelector(".xp-data-status");
  status.setAttribute("role", "status");
  status.textContent = _("Loading all rows.");
  let header, rows;
  try {
    const answer = await fetch(details.dataset.csv);
    if (!answer.ok) throw new Error(answer.statusText);
    [header, ...rows] = parseCsv(await answer.text());
  } catch {
    status.textContent = `${first} ${_("They could not be loaded here.")}`;
    prepare(details, first);
    return;
  }

  const body = details.querySelector("tbody");
  const heads = [...details.querySelectorAll("th")];
  const kind = header.indexOf(details.dataset.kind);
  let words = [];
  let sorted = { column: -1, direction: 1 };

  const draw = () => {
    const shown = rows.filter((row) => holds(row, words));
    if (sorted.column >= 0) {
      const numeric = heads[sorted.column].classList.contains("xp-data-number");
      shown.sort((a, b) => compare(a[sorted.column], b[sorted.column], numeric, sorted.direction));
    }
    body.replaceChildren(
      ...shown.map((row) =>
        element("tr", { className: UNSURE.has(row[kind]) ? "xp-data-unsure" : "" }, ...row.map((text) => element("td", { className: text.length > LONG ? "xp-data-long" : "" }, text))),
      ),
    );
    status.textContent = shown.length === rows.length ? _("All {count} rows.", { count: rows.length }) : _("{shown} of {count} rows.", { shown: shown.length, count: rows.length });
  };

  heads.forEach((head, column) => {
    const button = element("button", { type: "button" }, head.textContent);
    button.addEventListener("click", () => {
      sorted = { column, direction: sorted.column === column ? -sorted.direction : 1 };
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sorted.direction > 0 ? "ascending" : "descending");
      draw();
    });
    head.replaceChildren(button);
  });

  const input = element("input", { type: "search", autocomplete: "off" });
  input.addEventListener("input", () => {
    words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    draw();
  });
  status.before(element("label", { className: "xp-data-search" }, _("Search in {title}", { title: details.dataset.title }), input));
  draw();
}

if (typeof document !== "undefined") {
  for (const details of document.querySelectorAll(".xp-data-table")) {
    const first = details.querySelector(".xp-data-status").textContent;
    if (details.open) enliven(details, first); // before this script was here
    else prepare(details, first);
  }
}
