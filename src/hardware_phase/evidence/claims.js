// The claim ledger: filters by chapter, verdict, kind and words. The address keeps them, so that a choice can be passed on.
"use strict";
{
const { _ } = window.xpWords;

const LONGEST = 80; // characters of a search, as typed or as found in an address

/** What an address asks for, of what the page offers; anything else in it counts as nothing. */
function wanted(search, offered) {
  const parameters = new URLSearchParams(search);
  const pick = (name) => (offered[name].includes(parameters.get(name)) ? parameters.get(name) : "");
  return { section: pick("section"), verdict: pick("verdict"), kind: pick("kind"), q: (parameters.get("q") ?? "").slice(0, LONGEST) };
}

/** Whether a claim belongs to what is asked for. */
function keeps(claim, { section, verdict, kind, q }) {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return (!section || claim.section === section) && (!verdict || claim.verdict === verdict)
    && (!kind || claim.kind === kind) && words.every((word) => claim.text.includes(word));
}

const NONE = { section: "", verdict: "", kind: "", q: "" };

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function part(node, prefix) {
  return [...node.classList].find((name) => name.startsWith(prefix)).slice(prefix.length);
}

function enliven(nodes) {
  const claims = nodes.map((node) => ({
    node,
    id: node.id,
    section: part(node, "xp-in-"),
    sectionName: node.closest("section").querySelector("h2").firstChild.textContent,
    verdict: part(node, "xp-claim-"),
    verdictName: node.querySelector(".xp-verdict").textContent.trim(),
    kind: part(node, "xp-kind-"),
    kindName: node.querySelector(".xp-claim-kind").textContent,
    text: node.textContent.toLowerCase(),
  }));

  const choice = (value, label, all) => {
    const options = new Map(claims.map((claim) => [claim[value], claim[label]]));
    const count = (key) => claims.filter((claim) => claim[value] === key).length;
    return element("select", {}, element("option", { value: "" }, `${all} (${claims.length})`),
      ...[...options].map(([key, name]) => element("option", { value: key }, `${name} (${count(key)})`)));
  };
  const controls = {
    verdict: choice("verdict", "verdictName", _("All verdicts")),
    section: choice("section", "sectionName", _("All chapters")),
    kind: choice("kind", "kindName", _("All kinds")),
    q: element("input", { type: "search", autocomplete: "off", maxLength: LONGEST }),
  };
  const names = { verdict: _("Verdict"), section: _("Chapter"), kind: _("Kind"), q: _("Search in the claims") };
  const status = element("p", { className: "xp-ledger-status" });
  status.setAttribute("role", "status");
  const reset = element("button", { type: "button" }, _("Show all"));
  const form = element("form", { className: "xp-ledger-filters" },
    ...Object.entries(controls).map(([name, control]) => element("label", {}, names[name], control)), reset);
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", _("Claims"));

  // The picture above shows the choice, and its legend and chapters make one.
  const picture = document.querySelector(".xp-squares");
  const squares = new Map([...picture?.querySelectorAll("[data-claim]") ?? []].map((item) => [item.dataset.claim, item]));
  const links = [...picture?.querySelectorAll("[data-verdict], [data-section]") ?? []];

  const show = (choices) => {
    for (const claim of claims) claim.node.hidden = !keeps(claim, choices);
    for (const section of new Set(nodes.map((node) => node.closest("section")))) {
      section.hidden = !section.querySelector(".xp-claim:not([hidden])");
    }
    const shown = claims.filter((claim) => !claim.node.hidden).length;
    status.textContent = shown === claims.length ? _("All {count} claims.", { count: shown }) : _("{shown} of {count} claims.", { shown, count: claims.length });
    for (const { id, node } of claims) squares.get(id)?.toggleAttribute("data-off", node.hidden);
    for (const link of links) {
      const [name, value] = Object.entries(link.dataset)[0];
      if (choices[name] === value) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    reset.disabled = shown === claims.length && Object.values(choices).every((value) => !value);
  };
  const read = () => Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.value]));
  const write = (choices) => {
    for (const [name, value] of Object.entries(choices)) controls[name].value = value;
    show(choices);
  };
  const remember = (hash = "") => {
    const choices = read();
    show(choices);
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(choices)) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    url.hash = hash;
    history.replaceState(null, "", url);
  };
  // A link to one claim goes before a filter that would hide it.
  const follow = () => {
    const target = claims.find((claim) => `#${claim.id}` === location.hash);
    if (target?.node.hidden) {
      write(NONE);
      remember(location.hash);
    }
    if (target) target.node.scrollIntoView();
  };

  form.addEventListener("input", () => remember());
  form.addEventListener("submit", (event) => event.preventDefault());
  reset.addEventListener("click", () => {
    write(NONE);
    remember();
    controls.verdict.focus();
  });
  picture?.addEventListener("click", (event) => {
    const link = links.find((one) => one.contains(event.target));
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const [name, value] = Object.entries(link.dataset)[0];
    write({ ...read(), [name]: read()[name] === value ? "" : value });
    remember();
  });

  nodes[0].closest("section").before(form, status);
  const offered = Object.fromEntries(["section", "verdict", "kind"].map((name) => [name, claims.map((claim) => claim[name])]));
  const obey = () => {
    write(wanted(location.search, offered));
    follow();
  };
  addEventListener("popstate", obey); // also for a link within the page
  obey();
}

if (typeof document !== "undefined") enliven([...document.querySelectorAll(".xp-claim")]);
}
