"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const STALE_MS = 10000, OLD_S = 60, RETRY_MS = 3000, SILENT_S = 20;
  let status = null, linkWords = ["wait", ""], heardAt = 0, shift = 0, source = null, retry = 0, said = "";

  // --- words ---
  const LINK = {
    connected: ["good", "Connected"],
    connecting: ["wait", "Connecting"],
    offline: ["warn", "No connection: everything is kept here"],
    not_enrolled: ["wait", "Not enrolled yet"],
  };
  const INPUT = { running: ["good", "Running"], starting: ["wait", "Starting"], backing_off: ["bad", "Trying again"], impaired: ["warn", "Unreadable"] };
  const SEVERITY = { critical: ["bad", "Critical"], warning: ["warn", "Warning"], info: ["wait", "Info"] };
  const KIND = { return: "return", void: "void", training: "training", adjustment: "adjustment" };
  const UNIT = { Cel: "°C", "%RH": "% RH", "%EL": "%", count: "", "/": "" };
  const CLOCK = { synced: "Synced", holdover: "Running free since its last sync", unset: "Not synced yet" };

  const plural = (n, one) => `${count(n)} ${one}${n === 1 ? "" : "s"}`;
  const count = (n) => n.toLocaleString("en");
  const bytes = (n) => {
    const units = ["B", "KiB", "MiB", "GiB"];
    let at = 0;
    while (n >= 1024 && at < 3) { n /= 1024; at += 1; }
    return `${n < 10 && at ? n.toFixed(1) : Math.round(n)} ${units[at]}`;
  };
  const span = (s) => {
    s = Math.max(0, Math.round(s));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
    return plural(Math.floor(s / 86400), "day");
  };
  // The box's own clock, carried on between two messages; the browser's may be off.
  const now = () => (status ? Date.parse(status.as_of) + (performance.now() - heardAt) : Date.now());
  const age = (at) => (at ? (now() - Date.parse(at)) / 1000 : null);
  const ago = (at) => { const s = age(at); return s === null ? "never" : s < 2 ? "just now" : `${span(s)} ago`; };
  // Times are shown as the store's wall clock reads them.
  const local = (at) => new Date(Date.parse(at) + shift).toISOString();
  const clockTime = (at) => local(at).slice(11, 16);
  const dayTime = (at) => (local(at).slice(0, 10) === status.local_time.slice(0, 10) ? clockTime(at) : `${local(at).slice(0, 10)} ${clockTime(at)}`);
  const money = (m) => {
    try {
      return new Intl.NumberFormat("en-GB", { style: "currency", currency: m.currency, minimumFractionDigits: (m.amount.split(".")[1] || "").length }).format(m.amount);
    } catch { return `${m.amount} ${m.currency}`; }
  };
  const num = (v) => (Math.abs(v) >= 1000 ? Math.round(v).toLocaleString("en") : String(Math.round(v * 100) / 100));

  // --- drawing: what did not change is not touched, so that focus and selection stay ---
  const text = (el, value) => { if (el.textContent !== value) el.textContent = value; };
  const tone = (el, value) => { if (el.dataset.tone !== value) el.dataset.tone = value; };
  const show = (el, on) => { if (el.hidden === on) el.hidden = !on; };
  const make = (tag, cls, ...inside) => {
    const el = document.createElement(tag);
    if (cls) el.className = cls;
    el.append(...inside);
    return el;
  };
  const part = (el, name) => el.querySelector(`[data-part=${name}]`);
  const named = (tag, name, cls) => { const el = make(tag, cls); el.dataset.part = name; return el; };
  const dotted = (tag, name, cls) => { const el = named(tag, name, cls), d = make("span", "dot"), t = make("span"); d.setAttribute("aria-hidden", "true"); el.append(d, t); return el; };
  const setDotted = (el, [t, words]) => { tone(el, t); text(el.lastChild, words); };
  const keyed = (parent, items, key, create, update) => {
    const old = new Map([...parent.children].map((el) => [el.dataset.key, el]));
    let at = parent.firstElementChild;
    for (const item of items) {
      const k = String(key(item));
      let el = old.get(k);
      if (el) old.delete(k); else { el = create(item); el.dataset.key = k; }
      if (el !== at) parent.insertBefore(el, at); else at = at.nextElementSibling;
      update(el, item);
    }
    for (const el of old.values()) el.remove();
  };

  // --- sections ---
  function drawLink(s) {
    // A line that is cut without a word leaves the box trying again and again: what counts is when the hub last spoke.
    const quiet = age(s.link.last_heard_at), cut = ["connecting", "offline"].includes(s.link.state) && (quiet === null || quiet > SILENT_S);
    linkWords = cut ? LINK.offline : LINK[s.link.state] || ["wait", s.link.state];
    setDotted($("link"), linkWords);
    const why = s.link.detail ? `${s.link.detail}. ` : "";
    const detail = cut && quiet !== null ? `${why}The hub was last heard at ${dayTime(s.link.last_heard_at)}, ${ago(s.link.last_heard_at)}; this box tries again by itself`
      : cut ? `${why}The hub was not heard since the start; this box tries again by itself` : `${why}Since ${dayTime(s.link.since)}`;
    text($("link-detail"), detail);
    text($("unsent"), s.outbox.unsent ? plural(s.outbox.unsent, "record") : "Nothing");
    text($("oldest"), s.outbox.oldest_unsent_at ? span(age(s.outbox.oldest_unsent_at)) : "–");
    text($("heard"), ago(s.link.last_heard_at));
    const full = s.outbox.disk_quota ? s.outbox.disk_used / s.outbox.disk_quota : 0;
    text($("disk"), s.outbox.disk_quota ? `${bytes(s.outbox.disk_used)} of ${bytes(s.outbox.disk_quota)}` : "–");
    show($("disk-meter"), s.outbox.disk_quota > 0);
    $("disk-meter").value = full;
    const waiting = s.outbox.streams.filter((x) => x.unsent);
    keyed($("streams"), waiting, (x) => x.stream, () => make("li"), (el, x) => text(el, `${count(x.unsent)} ${x.name}${x.oldest_unsent_at ? `, oldest ${span(age(x.oldest_unsent_at))}` : ""}`));
    show($("streams"), waiting.length > 0);
    show($("outbox-detail"), Boolean(s.outbox.detail));
    text($("outbox-detail"), s.outbox.detail || "");
  }
  function drawAlarms(s) {
    text($("alarm-count"), s.open_alarms.length ? String(s.open_alarms.length) : "");
    show($("no-alarms"), !s.open_alarms.length);
    keyed($("alarms"), s.open_alarms, (a) => a.id, () => make("li", "alarm", dotted("span", "tag", "tag"), named("strong", "reason"), named("span", "meta", "soft")), (el, a) => {
      setDotted(part(el, "tag"), SEVERITY[a.severity] || ["wait", a.severity]);
      text(part(el, "reason"), a.reason);
      text(part(el, "meta"), `${a.subject} · since ${dayTime(a.raised_at)}, ${span(age(a.raised_at))}${a.model ? ` · ${a.model}` : ""}`);
    });
  }
  function drawToday(s) {
    const t = s.today;
    text($("day"), t.business_day);
    text($("takings"), money(t.takings));
    text($("receipts"), count(t.receipts));
    text($("last-sale"), t.last_sale_at ? ago(t.last_sale_at) : "none yet");
    text($("since"), `${plural(t.lines, "line")} · counted by this box since ${dayTime(t.counted_since)}`);
    const any = s.last_receipts.length > 0;
    show($("no-receipts"), !any);
    show($("h-last").closest(".scroll"), any);
    const cells = () => make("tr", "", named("td", "at"), named("td", "till"), named("td", "number"), named("td", "lines", "num wide-only"), named("td", "total", "num"));
    keyed($("last"), s.last_receipts, (r) => `${r.terminal}/${r.number}/${r.closed_at}/${r.total.amount}`, cells, (el, r) => {
      text(part(el, "at"), dayTime(r.closed_at));
      text(part(el, "till"), r.terminal);
      text(part(el, "number"), KIND[r.kind] ? `${r.number} (${KIND[r.kind]})` : r.number);
      text(part(el, "lines"), count(r.lines));
      text(part(el, "total"), money(r.total));
      part(el, "total").classList.toggle("minus", r.total.amount.startsWith("-"));
    });
  }
  function verdict(x) {
    const old = age(x.at) > OLD_S;
    if (x.at === null) return ["wait", "No reading yet", true];
    if (x.quality === "bad") return ["bad", "No value", true];
    if (old) return ["warn", "Stale", true];
    if (x.quality === "suspect") return ["warn", "Suspect", false];
    if (x.high !== null && x.value > x.high) return ["bad", "Above its limit", false];
    if (x.low !== null && x.value < x.low) return ["bad", "Below its limit", false];
    return ["good", "Good", false];
  }
  function shownValue(x) {
    // A bad reading carries the last good value: shown in its place it would pass for a fresh one.
    if (x.value === null || x.quality === "bad") return ["–", ""];
    if (x.measure === "door") return [x.value ? "Open" : "Closed", ""];
    if (x.measure === "state") return [x.value ? "On" : "Off", ""];
    return [num(x.value), UNIT[x.unit] ?? x.unit];
  }
  function limits(x) {
    const unit = UNIT[x.unit] ?? x.unit;
    if (x.low !== null && x.high !== null) return `${num(x.low)} to ${num(x.high)} ${unit}`;
    if (x.high !== null) return `at most ${num(x.high)} ${unit}`;
    if (x.low !== null) return `at least ${num(x.low)} ${unit}`;
    return "no limits";
  }
  const SVG = "http://www.w3.org/2000/svg";
  function drawCurve(svg, x) {
    const points = x.curve.concat(x.value !== null && x.at && x.quality !== "bad" ? [[Date.parse(x.at) / 1000, x.value]] : []);
    const on = points.length > 2 && !["door", "state"].includes(x.measure);
    svg.toggleAttribute("hidden", !on);
    svg.style.display = on ? "" : "none";
    if (!on) return;
    const values = points.map((p) => p[1]);
    let lo = Math.min(...values), hi = Math.max(...values);
    // A limit far from what was measured is left out: it would press the curve flat.
    const least = lo, most = hi, reach = hi - lo + 1;
    const near = (limit) => limit !== null && limit >= least - reach && limit <= most + reach;
    // What is above its upper limit has that limit below it.
    for (const limit of [x.high, x.low].filter(near)) [lo, hi] = [Math.min(lo, limit), Math.max(hi, limit)];
    if (hi - lo < 0.5) { const mid = (hi + lo) / 2; lo = mid - 0.25; hi = mid + 0.25; }
    const t0 = points[0][0], t1 = points[points.length - 1][0] || t0 + 1;
    const px = (t) => (100 * (t - t0)) / Math.max(1, t1 - t0), py = (v) => 30 - (30 * (v - lo)) / (hi - lo);
    svg.firstChild.setAttribute("d", points.map((p, i) => `${i ? "L" : "M"}${px(p[0]).toFixed(1)} ${py(p[1]).toFixed(1)}`).join(""));
    for (const [line, limit] of [[svg.children[1], x.high], [svg.children[2], x.low]]) {
      const y = limit !== null && near(limit) ? py(limit) : -99;
      line.style.display = y === -99 ? "none" : "";
      for (const [k, v] of Object.entries({ x1: 0, x2: 100, y1: y, y2: y })) line.setAttribute(k, String(v));
    }
    svg.setAttribute("aria-label", `Last ${span(t1 - t0)}: between ${num(Math.min(...values))} and ${num(Math.max(...values))}`);
  }
  function makeTile() {
    const svg = document.createElementNS(SVG, "svg");
    for (const tag of ["path", "line", "line"]) svg.append(document.createElementNS(SVG, tag));
    for (const [k, v] of Object.entries({ class: "curve", viewBox: "0 0 100 30", preserveAspectRatio: "none", role: "img", "data-part": "curve" })) svg.setAttribute(k, v);
    const value = named("p", "value", "value");
    value.append(make("span"), " ", make("small"));
    return make("li", "tile", named("h3", "name"), value, dotted("p", "state", "tag"), named("p", "detail", "soft"), svg, named("p", "meta", "soft"));
  }
  const TONES = ["bad", "warn"], MEASURES = ["temperature", "humidity", "weight", "power", "count", "door", "state"];
  // What needs a look stands first, then what spoils first.
  function inOrder(sensors) {
    const place = (list, item) => (list.includes(item) ? list.indexOf(item) : list.length);
    const rank = (x) => 10 * place(TONES, verdict(x)[0]) + place(MEASURES, x.measure);
    return [...sensors].sort((a, b) => rank(a) - rank(b));
  }
  function drawSensors(s) {
    show($("no-sensors"), !s.sensors.length);
    keyed($("sensors"), inOrder(s.sensors), (x) => x.id, makeTile, (el, x) => {
      const [t, words, old] = verdict(x), [value, unit] = shownValue(x);
      el.dataset.edge = t;
      el.dataset.old = String(old);
      text(part(el, "name"), x.name);
      text(part(el, "value").firstChild, value);
      text(part(el, "value").lastChild, unit);
      setDotted(part(el, "state"), [t, words]);
      const why = t === "good" ? "" : x.detail || "";
      text(part(el, "detail"), why);
      show(part(el, "detail"), Boolean(why));
      drawCurve(part(el, "curve"), x);
      text(part(el, "meta"), `${limits(x)} · ${x.at ? ago(x.at) : "never"}`);
    });
  }
  function makeInput() {
    const fact = (name, label) => make("div", "", make("dt", "", label), named("dd", name));
    const pre = named("pre", "bytes");
    pre.tabIndex = 0;
    return make("details", "input",
      make("summary", "", named("strong", "name"), dotted("span", "state", "tag"), named("span", "short", "soft")),
      make("dl", "facts", fact("records", "Records"), fact("rate", "In the last minute"), fact("last", "Last record"), fact("said", "It said"), fact("peers", "Connected"), fact("errors", "Unreadable"), fact("restarts", "Restarts")),
      named("p", "detail", "wrong"), named("p", "bytes-label", "soft"), pre);
  }
  function drawInputs(s) {
    show($("no-inputs"), !s.inputs.length);
    keyed($("inputs"), s.inputs, (i) => `${i.kind}/${i.name}`, makeInput, (el, i) => {
      text(part(el, "name"), `${i.name} (${i.kind})`);
      setDotted(part(el, "state"), INPUT[i.state] || ["wait", i.state]);
      const last = i.last_at ? `last record ${ago(i.last_at)}` : "no record yet";
      text(part(el, "short"), ["backing_off", "impaired"].includes(i.state) && i.detail ? `${i.detail} · ${last}` : last);
      text(part(el, "records"), count(i.records));
      text(part(el, "rate"), count(i.per_minute));
      text(part(el, "said"), i.last_record || "–");
      text(part(el, "last"), i.last_at ? dayTime(i.last_at) : "–");
      text(part(el, "peers"), !["journal", "printer"].includes(i.kind) ? (i.state === "running" ? "yes" : "no") : count(i.peers));
      text(part(el, "errors"), count(i.errors));
      text(part(el, "restarts"), count(i.restarts));
      text(part(el, "detail"), i.detail ? `${dayTime(i.detail_at)} (${ago(i.detail_at)}): ${i.detail}` : "");
      text(part(el, "bytes-label"), i.last_bytes ? "Last bytes on the wire, card data blanked" : "Nothing came over this wire yet.");
      text(part(el, "bytes"), i.last_bytes.replaceAll("\\n", "\n"));
      show(part(el, "bytes"), Boolean(i.last_bytes));
    });
  }
  function drawBox(s) {
    text($("version"), `vyavs-edge ${s.agent_version}`);
    text($("uptime"), span(s.uptime_s));
    const off = s.clock_offset_ms === null ? "" : `, ${s.clock_offset_ms >= 0 ? "+" : "−"}${Math.abs(s.clock_offset_ms)} ms to the hub`;
    text($("clock"), `${s.local_time.slice(11, 19)} · ${CLOCK[s.clock] || s.clock}${off}`);
    text($("config"), s.config_version || "–");
    text($("counters"), `${plural(s.counters.receipts, "receipt")}, ${count(s.counters.quarantined)} put aside, ${count(s.counters.no_sale)} drawer without sale`);
    text($("models"), s.models.length ? s.models.join(", ") : "none loaded");
    text($("identity"), s.identity || "not enrolled");
  }
  function drawLive() {
    if (!status) return;
    const quiet = performance.now() - heardAt, stale = quiet > STALE_MS;
    setDotted($("live"), stale ? ["warn", "Stale"] : ["good", "Live"]);
    $("board").classList.toggle("dim", stale);
    show($("stale"), stale);
    if (stale) text($("stale"), `The box has not answered since ${local(status.as_of).slice(11, 19)}. What you see is from then; trying again.`);
    announce(stale ? "The box does not answer" : "");
  }
  function announce(extra) {
    const s = status, words = [extra, linkWords[1], s.open_alarms.length ? plural(s.open_alarms.length, "open alarm") : "No open alarm"].filter(Boolean).join(". ");
    if (words !== said) { said = words; text($("say"), words); }
  }
  function draw() {
    if (!status) return;
    for (const section of [drawLink, drawAlarms, drawToday, drawSensors, drawInputs, drawBox]) section(status);
    document.title = `${status.open_alarms.length ? `(${status.open_alarms.length}) ` : ""}Store box`;
    drawLive();
  }

  // --- the wire ---
  function take(s) {
    status = s;
    heardAt = performance.now();
    shift = Date.parse(`${s.local_time}Z`) - Date.parse(s.as_of);
    show($("login"), false);
    show($("board"), true);
    requestAnimationFrame(draw);
  }
  function listen() {
    clearTimeout(retry);
    if (source) source.close();
    source = new EventSource("/local/events");
    source.addEventListener("status", (event) => take(JSON.parse(event.data)));
    source.onerror = () => { source.close(); retry = setTimeout(open, RETRY_MS); };
  }
  async function open() {
    try {
      const answer = await fetch("/local/status", { cache: "no-store" });
      if (answer.status === 401) return ask();
      if (!answer.ok) throw new Error(String(answer.status));
      take(await answer.json());
      listen();
    } catch {
      if (!status) setDotted($("live"), ["warn", "No answer"]);
      clearTimeout(retry);
      retry = setTimeout(open, RETRY_MS);
    }
  }
  function ask() {
    if (source) source.close();
    clearTimeout(retry);
    status = null;
    show($("board"), false);
    show($("login"), true);
    setDotted($("live"), ["wait", "Signed out"]);
    $("pin").focus();
  }
  const post = (path, body) => fetch(path, { method: "POST", headers: { "content-type": "application/json", "x-vyavs": "1" }, body: body ? JSON.stringify(body) : undefined });

  $("login-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    text($("pin-error"), "");
    try {
      const answer = await post("/local/login", { pin: $("pin").value });
      $("pin").value = "";
      if (answer.ok) return open();
      const problem = await answer.json();
      text($("pin-error"), `${problem.title}. ${problem.detail}`);
    } catch { text($("pin-error"), "The box does not answer. Try again."); }
    $("pin").focus();
  });
  $("sync").addEventListener("click", async () => {
    const button = $("sync");
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    text(button, "Asked…");
    try {
      const answer = await post("/local/sync");
      if (answer.status === 401) return ask();
      text(button, answer.ok ? "Trying now" : "Not taken");
    } catch { text(button, "No answer"); }
    finally { setTimeout(() => { text(button, "Sync now"); button.removeAttribute("aria-disabled"); }, 2500); }
  });
  $("logout").addEventListener("click", async () => { try { await post("/local/logout"); } finally { ask(); } });
  $("print").addEventListener("click", () => window.print());
  document.addEventListener("visibilitychange", () => { if (!document.hidden && performance.now() - heardAt > STALE_MS) open(); });
  setInterval(draw, 1000);
  open();
})();
