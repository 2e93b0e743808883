// The dashboard: asks /status each second and a page of users every other, and shows what it is told.
// No HTML is ever made from text: every string goes in as text.
const base = document.documentElement.dataset.base;
const at = (id) => document.getElementById(id);
const KEPT = 120; // seconds of lag that the chart shows
const SHOWN = 12; // users
let seen = { region: "", active: null, epoch: null, standing: "" };
let token = "";
let missed = 0;
let locked = false; // to look needs the token, too
const lags = new Map(); // "from → to" → [{ at, seconds }], oldest first
const added = new Map(); // users added here: a page of a large table need not hold them
const known = new Set();

const key = (user) => JSON.stringify([user.username, user.last_name]);

async function ask(path, options = {}) {
  const sent = token;
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const signal = AbortSignal.timeout(4000);
  const response = await fetch(base + path, { cache: "no-store", signal, headers, ...options });
  const body = await response.json();
  if (response.ok) return { body, more: response.headers.has("Link") };
  if (response.status !== 401) throw new Error(body.detail || body.title);
  at("token-label").hidden = false;
  const error = new Error(sent ? "This is not the token that is wanted." : "This needs a token.");
  throw Object.assign(error, { locked: true });
}

function put(id, text) {
  if (at(id).textContent !== String(text)) at(id).textContent = text;
}

function tell(text) {
  at("news").textContent = text;
}

function span(seconds) {
  if (seconds === null || seconds === undefined) return "unknown";
  return seconds < 10 ? `${seconds.toFixed(1)} s` : seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

function showState(status) {
  put("region", status.region);
  put("writes", status.detail);
  put("active", status.active_region || (status.target ? `moving to ${status.target}` : "none known"));
  put("epoch", status.epoch);
  put("standing", status.standing);
  put("mode", status.write_mode);
  put("version", status.version);
  at("state").dataset.state = status.takes_writes ? "open" : "closed";
  const news = [];
  if (seen.region && seen.region !== status.region) news.push(`${status.region} answers now, before ${seen.region}.`);
  if (seen.standing && (seen.standing !== status.standing || seen.epoch !== status.epoch || missed)) news.push(status.detail);
  if (news.length) tell(news.join(" "));
  seen = { region: status.region, active: status.active_region, epoch: status.epoch, standing: status.standing };
}

function showHeartbeats(heartbeats) {
  at("heartbeats").replaceChildren(...heartbeats.map((one) => row([one.region, `${span(one.age_seconds)} ago`, one.standing, one.epoch])));
}

function row(cells) {
  const made = document.createElement("tr");
  for (const cell of cells) {
    const td = made.insertCell();
    if (Array.isArray(cell)) {
      td.textContent = cell[0];
      td.append(Object.assign(document.createElement("small"), { textContent: cell[1] }));
    } else td.textContent = cell;
  }
  return made;
}

function draw(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function keepLags(measured) {
  const now = performance.now() / 1000;
  for (const lag of measured) {
    const name = `${lag.source} → ${lag.target}`;
    if (!lags.has(name)) lags.set(name, []);
    lags.get(name).push({ at: now, seconds: lag.seconds ?? null });
  }
  for (const points of lags.values()) while (points.length && points[0].at < now - KEPT) points.shift();
}

function showLags() {
  const now = performance.now() / 1000;
  const names = [...lags.keys()].sort(); // by name, so that a line keeps its colour when the Region changes
  const most = Math.max(0, ...[...lags.values()].flat().map((point) => point.seconds ?? 0));
  const top = [5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600].find((step) => most <= step) ?? most;
  const right = Math.max(200, at("chart").clientWidth); // drawn at its own size, so that a phone's text is no smaller
  at("chart").setAttribute("viewBox", `0 0 ${right} 160`);
  const x = (time) => right - 2 - ((now - time) / KEPT) * (right - 42);
  const y = (seconds) => 135 - (seconds / top) * 120;
  const drawn = [];
  for (const part of [0, 0.5, 1]) {
    drawn.push(draw("line", { class: "grid", x1: 40, x2: right - 2, y1: y(top * part), y2: y(top * part) }));
    drawn.push(draw("text", { x: 34, y: y(top * part) + 4, "text-anchor": "end" }, `${top * part} s`));
  }
  drawn.push(draw("text", { x: 40, y: 154 }, "2 min ago"), draw("text", { x: right - 2, y: 154, "text-anchor": "end" }, "now"));
  names.forEach((name, index) => {
    let path = "";
    let pen = "M";
    for (const point of lags.get(name)) {
      if (point.seconds === null) pen = "M";
      else {
        path += `${pen}${x(point.at).toFixed(1)} ${y(point.seconds).toFixed(1)}`;
        pen = "L";
      }
    }
    drawn.push(draw("path", { class: `lag lag-${index}`, d: path || "M0 0" }));
  });
  at("chart").replaceChildren(...drawn);
  const latest = names.map((name) => `${name}: ${span(lags.get(name).at(-1)?.seconds)}`);
  at("chart").setAttribute("aria-label", `Replication lag, now: ${latest.join("; ")}`);
  at("legend").replaceChildren(...latest.map((text, index) => {
    const item = document.createElement("li");
    const line = draw("svg", { viewBox: "0 0 32 12", "aria-hidden": "true" });
    line.append(draw("path", { class: `lag lag-${index}`, d: "M1 6L31 6" }));
    item.append(line, text);
    return item;
  }));
}

function showUsers(page, more) {
  const there = new Map(page.map((user) => [key(user), user]));
  for (const [name, user] of added) {
    if (!there.has(name) && more) there.set(name, user);
  }
  const users = [...there.values()].sort((a, b) => (b.created_at ?? "").localeCompare(a.created_at ?? ""));
  const first = known.size === 0;
  at("users").replaceChildren(...users.slice(0, SHOWN).map((user) => {
    const when = user.created_at ? new Date(user.created_at).toLocaleTimeString() : "–";
    const made = row([[user.name || user.username, `${user.username} / ${user.last_name}`], user.written_in ?? "–", when]);
    if (!first && !known.has(key(user))) made.className = "fresh";
    return made;
  }));
  users.forEach((user) => known.add(key(user)));
  put("which", more
    ? "The newest of one page of 100. The table is larger, and DynamoDB keeps it in no order. Those added here are always shown."
    : users.length ? `The newest of ${users.length}, as this Region has them.` : "Nobody yet.");
}

async function pollStatus() {
  try {
    const { body } = await ask("/status");
    showState(body);
    missed = 0;
    locked = false;
    put("answers", `as of ${new Date(body.at).toLocaleTimeString()}`);
    showHeartbeats(body.heartbeats);
    keepLags(body.lag);
  } catch (error) {
    if (error.locked) showLocked(error.message);
    else showMissed(error);
  }
  showLags();
}

// It answers: whoever looks must say who they are.
function showLocked(text) {
  if (!locked) tell(text);
  locked = true;
  missed = 0;
  at("state").dataset.state = "locked";
  put("writes", `${text} Give it below, at Users.`);
}

function showMissed(error) {
  missed += 1;
  keepLags([...lags.keys()].map((name) => { const [source, target] = name.split(" → "); return { source, target, seconds: null }; }));
  const text = error instanceof TypeError || error.name === "TimeoutError" ? "No answer." : error.message;
  if (missed === 2) tell(`No Region answers. ${text}`);
  if (missed >= 2) {
    at("state").dataset.state = "lost";
    put("writes", `No Region answers since ${missed} s. ${text}`);
  }
}

async function pollUsers() {
  try {
    const { body, more } = await ask("?limit=100");
    showUsers(body, more);
  } catch (error) {
    put("which", `Users could not be read: ${error.name === "TypeError" ? "no answer." : error.message}`);
  }
}

async function add(event) {
  event.preventDefault();
  const button = at("button");
  if (button.getAttribute("aria-disabled") === "true") return;
  take();
  button.setAttribute("aria-disabled", "true"); // not `disabled`: the focus stays
  try {
    const { body } = await ask("/add-user", { method: "POST" });
    added.set(key(body), body);
    at("outcome").className = "";
    put("outcome", `Added ${body.name} in ${body.written_in}.`);
    await pollUsers();
  } catch (error) {
    at("outcome").className = "bad";
    const text = error.name === "TypeError" || error.name === "TimeoutError" ? "no answer; it may have been written." : error.message;
    put("outcome", `Not added: ${text}`);
    if (!at("token-label").hidden) at("token").focus();
  }
  button.removeAttribute("aria-disabled");
}

function take() {
  token = at("token").value.trim();
}

// Enter in the token's field would add a user: who may not even look wants to look first.
function enter(event) {
  if (event.key !== "Enter" || !locked) return;
  event.preventDefault();
  take();
}

// One request after the other, and none while nobody looks.
async function every(seconds, poll) {
  for (;;) {
    const began = performance.now();
    if (!document.hidden) await poll();
    await new Promise((done) => setTimeout(done, Math.max(100, seconds * 1000 - (performance.now() - began))));
  }
}

at("add").addEventListener("submit", add);
at("token").addEventListener("change", take);
at("token").addEventListener("keydown", enter);
every(1, pollStatus);
every(2, pollUsers);
