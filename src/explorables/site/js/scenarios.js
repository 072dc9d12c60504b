// Scenarios: a reader names the settings of two explorers, compares them, and passes both on as one address.
// The explorers keep their settings in the address themselves; here come names and reasons: ?scenario.a=...&why.a=...

import { parameters, withParameters } from "./address.js";
import { _ } from "./words.js";

const LONGEST = { scenario: 60, why: 300 };
const ODD = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]/gu; // control and direction characters

/** A text of the address as it may be shown, and whether that is all of it. */
export function readable(text, longest) {
  const clean = text.replace(ODD, "").replace(/\s+/g, " ").trim();
  return { text: [...clean].slice(0, longest).join(""), whole: clean === text.trim() && [...clean].length <= longest };
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

class Scenario {
  constructor(root, changed) {
    this.root = root;
    this.explorer = root.xpExplorer;
    this.id = root.id;
    this.title = root.querySelector(".xp-title");
    this.given = this.title.textContent;
    this.fields = { scenario: this.field("scenario", _("Name"), "input"), why: this.field("why", _("Why you believe it"), "textarea") };
    const form = element("div", { className: "xp-scenario-form" });
    for (const { label, box } of Object.values(this.fields)) form.append(label, box);
    root.querySelector(".xp-desk").before(form);
    for (const { box } of Object.values(this.fields)) box.addEventListener("input", () => { this.show(); changed(); });
    root.addEventListener("xp-change", changed);
  }

  field(kind, text, tag) {
    const id = `${this.id}-${kind}`;
    const box = element(tag, { id, maxLength: LONGEST[kind], autocomplete: "off" });
    if (tag === "textarea") box.rows = 2;
    return { label: element("label", { htmlFor: id, textContent: text }), box };
  }

  get name() {
    return readable(this.fields.scenario.box.value, LONGEST.scenario).text || this.given;
  }

  /** Fill the fields from an address; the labels of those whose text had to be changed. */
  read(search) {
    const found = new Map(parameters(search)), bad = [];
    for (const [kind, { label, box }] of Object.entries(this.fields)) {
      const given = found.get(`${kind}.${this.id}`);
      if (given === undefined) continue;
      const { text, whole } = readable(given, LONGEST[kind]);
      box.value = text;
      if (!whole) bad.push(_("{what} of {scenario}", { what: label.textContent, scenario: this.given }));
    }
    this.show();
    return bad;
  }

  show() {
    this.title.textContent = this.name;
  }

  written() {
    return Object.fromEntries(Object.entries(this.fields).map(([kind, { box }]) => [`${kind}.${this.id}`, readable(box.value, LONGEST[kind]).text || undefined]));
  }

  state() {
    return { settings: { ...this.explorer.settings }, texts: Object.fromEntries(Object.entries(this.fields).map(([kind, { box }]) => [kind, box.value])) };
  }

  take({ settings, texts }) {
    for (const [kind, text] of Object.entries(texts)) this.fields[kind].box.value = text;
    this.show();
    this.explorer.change(settings, true);
  }
}

// A result of these settings; the page has only those with which it opens, until the script of its models is here.
function told(explorer, i) {
  const { element, text } = explorer.readouts[i];
  return text ?? (explorer.moved() ? "…" : element.textContent);
}

class Comparison {
  constructor(place, roots) {
    this.place = place;
    this.note = element("p", { className: "xp-note" });
    this.note.setAttribute("role", "status");
    this.table = element("table", { className: "xp-scenario-table" });
    const scroll = element("div", { className: "xp-scenario-scroll", tabIndex: 0 }, this.table);
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", _("Both scenarios side by side"));
    this.scenarios = roots.map(root => new Scenario(root, () => this.changed()));
    const button = (text, action) => {
      const made = element("button", { type: "button", textContent: text });
      made.addEventListener("click", action);
      return made;
    };
    const [a, b] = this.scenarios;
    place.replaceChildren(
      element("div", { className: "xp-buttons" }, element("span", { className: "xp-actions" },
        button(_("Copy link to both"), () => this.copy()),
        button(_("Swap them"), () => { const kept = a.state(); a.take(b.state()); b.take(kept); this.say(_("The scenarios have changed places.")); }),
        button(_("Make the second like the first"), () => { b.take(a.state()); this.say(_("Both scenarios are the same now.")); }))),
      this.note, scroll);
    const bad = this.scenarios.flatMap(scenario => scenario.read(location.search));
    const known = new Set(this.scenarios.flatMap(scenario => Object.keys(scenario.written())));
    for (const [key] of parameters(location.search)) {
      if (/^(scenario|why)\./.test(key) && !known.has(key)) bad.push(readable(key, 40).text);
    }
    if (bad.length) this.say(_("The address has text that cannot be used as it stands: {names}.", { names: bad.join(", ") }));
    this.draw();
    for (const { explorer } of this.scenarios) explorer.request();
  }

  say(text) {
    this.note.textContent = text;
  }

  changed() {
    this.draw();
    clearTimeout(this.writing);
    this.writing = setTimeout(() => history.replaceState(history.state, "", this.address()), 200);
  }

  address() {
    return withParameters(location.href, Object.assign({}, ...this.scenarios.map(scenario => scenario.written())));
  }

  draw() {
    const explorers = this.scenarios.map(scenario => scenario.explorer);
    const row = (label, texts, kind) => {
      const line = element("tr", {}, element("th", { scope: "row", textContent: label }), ...texts.map(text => element("td", { textContent: text })));
      if (texts[0] !== texts[1]) line.className = "xp-differs";
      line.dataset[kind.name] = kind.value;
      return line;
    };
    const levers = [...explorers[0].controls].map(([name, control]) =>
      row(control.label, explorers.map(explorer => explorer.controls.get(name).say(explorer.settings[name])), { name: "lever", value: name }));
    const results = explorers[0].readouts.map(({ name, label }, i) =>
      row(label, explorers.map(explorer => told(explorer, i)), { name: "result", value: name }));
    const part = (text, rows) => element("tbody", {}, element("tr", { className: "xp-scenario-part" },
      element("th", { scope: "rowgroup", colSpan: 3, textContent: text })), ...rows);
    const head = element("thead", {}, element("tr", {}, element("td", {}),
      ...this.scenarios.map(({ name }) => element("th", { scope: "col", textContent: name }))));
    this.table.replaceChildren(element("caption", { textContent: _("Side by side; what differs is bold") }),
      head, part(_("Where it ends"), results), part(_("What you set"), levers));
  }

  async copy() {
    for (const { explorer } of this.scenarios) history.replaceState(history.state, "", explorer.address());
    const url = this.address();
    url.hash = this.place.id;
    history.replaceState(history.state, "", url);
    try {
      await navigator.clipboard.writeText(url.href);
      this.say(_("Link copied. It opens this page with both scenarios."));
    } catch {
      this.say(_("The address of this page now holds both scenarios: copy it from the address bar."));
    }
  }
}

for (const place of document.querySelectorAll(".xp-scenarios")) {
  const roots = place.dataset.explorers.split(" ").map(id => document.getElementById(id));
  if (roots.every(root => root?.xpExplorer)) place.xpComparison = new Comparison(place, roots);
}
