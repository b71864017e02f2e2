
"use strict";
// The page is whole without this script. With it findings are filtered, and their events
// opened. What is shown is set as text, never as markup.
(() => {
  const byId = (id) => document.getElementById(id);
  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = visible(text);
    return element;
  };
  // Characters that could hide or turn a line around are written out.
  const UNSAFE =
    /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
  const visible = (text) =>
    text.replace(UNSAFE, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");
  document.documentElement.classList.add("js");

  // Older versions of a framework are folded; every one can be.
  for (const section of document.querySelectorAll(".framework")) {
    const heading = section.querySelector("h3");
    const button = make("button", "", heading.textContent);
    button.type = "button";
    const fold = (folded) => {
      section.classList.toggle("folded", folded);
      button.setAttribute("aria-expanded", String(!folded));
    };
    button.addEventListener("click", () => fold(!section.classList.contains("folded")));
    section.addEventListener("unfold", () => fold(false));
    heading.replaceChildren(button);
    fold("older" in section.dataset);
  }

  const rows = [...document.querySelectorAll(".chunk > .row")];
  const places = new Map(rows.map((row, place) => [row, place]));
  const chunks = [...document.querySelectorAll(".chunk")];
  const FILTERS = { severity: "s", standing: "st", rule: "r", account: "a", region: "g" };
  const selects = Object.entries(FILTERS).map(([name, key]) => [byId("by-" + name), key]);
  const find = byId("find");
  const grouped = (n) => n.toLocaleString("en");
  let texts = null;

  function fill() {
    for (const [select, key] of selects) {
      const counts = new Map();
      for (const row of rows) {
        const value = row.dataset[key];
        counts.set(value, (counts.get(value) || 0) + 1);
      }
      const names = [...counts.keys()].filter((name) => name !== "");
      if (key !== "s" && key !== "st") names.sort();
      for (const name of names) {
        const label = visible(name) + " (" + grouped(counts.get(name)) + ")";
        select.append(new Option(label, name));
      }
    }
  }

  function apply() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = selects.filter(([select]) => select.value !== "");
    if (words.length > 0 && texts === null) {
      texts = rows.map((row) => row.textContent.toLowerCase());
    }
    let shown = 0;
    const filled = new Set();
    rows.forEach((row, place) => {
      const fits =
        wanted.every(([select, key]) => row.dataset[key] === select.value) &&
        words.every((word) => texts[place].includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      const detail = detailOf(row);
      if (detail) detail.hidden = !fits;
      if (fits) {
        shown += 1;
        filled.add(row.parentNode);
      }
    });
    for (const chunk of chunks) chunk.hidden = !filled.has(chunk);
    byId("none").hidden = shown > 0;
    byId("shown").textContent =
      shown === rows.length
        ? grouped(shown) + " shown"
        : grouped(shown) + " of " + grouped(rows.length) + " shown";
  }

  function clear() {
    find.value = "";
    for (const [select] of selects) select.value = "";
    apply();
  }

  // Events: see src/report/detail.rs for how a value is written.
  let events = null;
  function eventOf(row) {
    if (events === null) {
      events = new Map(Object.entries(JSON.parse(byId("events").textContent)));
    }
    return events.get(row.id.slice(2));
  }

  function detailOf(row) {
    const next = row.nextElementSibling;
    return next && next.classList.contains("detail") ? next : null;
  }

  function toggle(row, open) {
    const known = detailOf(row);
    const opens = open === undefined ? known === null : open;
    row.querySelector(".open").setAttribute("aria-expanded", String(opens));
    if (known !== null) {
      if (!opens) known.remove();
    } else if (opens) {
      row.after(detail(row));
    }
  }

  function detail(row) {
    const found = eventOf(row);
    const outer = make("div", "detail");
    outer.setAttribute("role", "row");
    const cell = make("div");
    cell.setAttribute("role", "cell");
    outer.append(cell);
    if (found === undefined) {
      const text = "The event of this finding is not kept in this page: it is where the line says, and in the json and jsonl outputs.";
      cell.append(make("p", "faint", text));
      return outer;
    }
    if (found.together) cell.append(together(found.together));
    const fields = make("div");
    fields.append(make("h3", "small", "Why it matched"));
    const list = make("ul");
    if (found.together) list.append(asked("several events", "", found.together));
    for (const field of found.fields) {
      list.append(asked(field.path, field.missing ? " is not there" : "", field));
    }
    fields.append(list);
    const right = make("div");
    const heading = make("h3", "small", "Event");
    const tree = make("div", "tree");
    tree.tabIndex = 0;
    tree.setAttribute("role", "group");
    tree.setAttribute("aria-label", "Event");
    tree.append(node(found.event, null, 0));
    for (const [words, open] of [["Open all", true], ["Fold all", false]]) {
      const button = make("button", "", words);
      button.type = "button";
      button.addEventListener("click", () => {
        for (const part of tree.querySelectorAll("details")) part.open = open;
      });
      heading.append(button);
    }
    right.append(heading, tree);
    cell.append(fields, right);
    return outer;
  }

  // What a clause of the rule asked for.
  function asked(what, about, by) {
    const item = make("li");
    item.append(make("code", "", what));
    if (about) item.append(make("span", "faint", about));
    item.append(make("span", "by", by.file + ":" + by.line));
    // A clause is of several lines, which stay lines.
    const clause = make("span", "clause");
    clause.textContent = by.clause.split("\n").map(visible).join("\n");
    item.append(clause);
    return item;
  }

  // The events that were found together: see src/report/together.rs.
  function together(found) {
    const outer = make("div", "together");
    outer.append(make("h3", "small", "Timeline"));
    const facts = make("dl");
    for (const [name, text] of found.facts) {
      facts.append(make("dt", "", name), make("dd", "", text));
    }
    const scroll = make("div", "scroll");
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "group");
    scroll.setAttribute("aria-label", "Timeline");
    const table = make("table", "timeline");
    const head = make("tr");
    const steps = found.timeline.some((line) => line.step) ? ["Step"] : [];
    const names = ["Time", "Since", ...steps, "Event", "Who", "From", "Read from"];
    for (const name of names) {
      const cell = make("th", "", name);
      cell.scope = "col";
      head.append(cell);
    }
    const body = make("tbody");
    for (const line of found.timeline) {
      const row = make("tr", line.own ? "own" : "");
      if (line.left_out) {
        const cell = make("td", "faint", line.left_out);
        cell.colSpan = names.length;
        row.append(cell);
      } else {
        const event = (line.name || "–") + (line.error ? ", refused: " + line.error : "");
        const when = [line.time, line.since, ...steps.map(() => line.step)];
        const parts = [...when, event, line.principal, line.address, line.place];
        for (const text of parts) row.append(make("td", "", text || ""));
        if (line.own) row.title = "the event that this finding names";
      }
      body.append(row);
    }
    const top = make("thead");
    top.append(head);
    table.append(top, body);
    scroll.append(table);
    outer.append(facts, scroll);
    return outer;
  }

  function hasMark(value) {
    return Array.isArray(value) && (value[0] === "m" || value.slice(1).some(hasMark));
  }

  function node(value, key, depth) {
    let marked = false;
    while (Array.isArray(value) && value[0] === "m") {
      marked = true;
      value = value[2];
    }
    const name = key === null ? [] : [make("span", "key", key + ": ")];
    const parts = [];
    if (Array.isArray(value) && value[0] === "o") {
      for (let at = 1; at < value.length; at += 2) parts.push([value[at], value[at + 1]]);
    } else if (Array.isArray(value) && value[0] === "a") {
      value.slice(1).forEach((part, at) => parts.push([String(at), part]));
    }
    const mark = (content) => {
      if (!marked) return content;
      const element = make("mark");
      element.title = "matched by the rule";
      element.append(content);
      return element;
    };
    if (parts.length === 0) {
      const leaf = make("div", "leaf");
      const text = Array.isArray(value)
        ? make("span", "plain", value[0] === "v" ? value[1] : value[0] === "o" ? "{}" : "[]")
        : make("span", "", value);
      leaf.append(...name, mark(text));
      return leaf;
    }
    const box = make("details");
    const inner = make("div");
    for (const [partKey, part] of parts) inner.append(node(part, partKey, depth + 1));
    if (key === null) return inner;
    const count = value[0] === "a" ? "[" + parts.length + "]" : "{" + parts.length + "}";
    const summary = make("summary");
    summary.append(...name, mark(make("span", "plain", count)));
    box.append(summary, inner);
    box.open = depth < 1 || hasMark(value);
    return box;
  }

  function visit() {
    const hash = decodeURIComponent(location.hash.slice(1));
    const target = byId(hash);
    if (hash.startsWith("f-") && target) {
      if (target.hidden) clear();
      toggle(target, true);
      for (const row of document.querySelectorAll(".row.at")) row.classList.remove("at");
      target.classList.add("at");
      target.scrollIntoView({ block: "start" });
      target.querySelector(".open").focus({ preventScroll: true });
    } else if (hash.startsWith("r-") && target) {
      target.open = true;
      target.scrollIntoView();
    } else if (hash.startsWith("fw-") && target) {
      target.dispatchEvent(new Event("unfold"));
      target.scrollIntoView();
    } else if (hash.startsWith("rule=") && rows.length > 0) {
      clear();
      byId("by-rule").value = hash.slice("rule=".length);
      apply();
      byId("findings").scrollIntoView();
    }
  }
  addEventListener("hashchange", visit);

  if (rows.length > 0) {
    fill();
    apply();
    byId("tools").hidden = false;
    let waiting = 0;
    find.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(apply, 80);
    });
    for (const [select] of selects) select.addEventListener("change", apply);
    byId("clear").addEventListener("click", clear);
    for (const row of rows) row.querySelector(".open").setAttribute("aria-expanded", "false");
    document.querySelector(".list").addEventListener("click", (event) => {
      const link = event.target.closest(".open");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const row = link.closest(".row");
      toggle(row);
      history.replaceState(null, "", "#" + row.id);
    });
  }

  function step(from, by) {
    for (let place = from + by; place >= 0 && place < rows.length; place += by) {
      if (!rows[place].hidden) {
        rows[place].querySelector(".open").focus();
        return true;
      }
    }
    return false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || rows.length === 0) return;
    const at = document.activeElement;
    const typing = at.matches("input, select, textarea");
    const row = at.classList.contains("open") ? at.closest(".row") : null;
    if (event.key === "/" && !typing) {
      event.preventDefault();
      find.focus();
      find.select();
    } else if (event.key === "Escape" && at === find) {
      clear();
    } else if (event.key === "Escape" && row) {
      toggle(row, false);
    } else if (event.key === "ArrowDown" && (row || at === find)) {
      if (step(row ? places.get(row) : -1, 1)) event.preventDefault();
    } else if (event.key === "ArrowUp" && row) {
      event.preventDefault();
      if (!step(places.get(row), -1)) find.focus();
    }
  });

  visit();
})();
