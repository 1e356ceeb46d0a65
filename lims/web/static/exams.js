// A paper in the browser: every answer is kept here until the server has it, whatever becomes of the connection.

const form = document.querySelector("[data-exam]");
const told = form.querySelector("[data-told]");
const clock = form.querySelector("[data-clock]");
const refusedBox = form.querySelector("[data-refused]");
const key = `lims-exam:${form.dataset.exam}`;
const PAUSE_S = [1, 2, 4, 8, 15];
const ASK_AGAIN_MS = 30_000;
const TYPED_MS = 600;

const serialAt = (place) => Number(form.querySelector(`[data-question="${place}"]`)?.dataset.serial ?? 0);
let serial = Math.max(0, ...[...form.querySelectorAll("[data-question]")].map((one) => Number(one.dataset.serial)));
// How far the clock of this computer is behind that of the server.
let behind = Number(form.dataset.now) - Date.now();
let sending = null;
let isOver = false;
let failures = 0;
let waiting = 0;
let timer = 0;

// Larger than everything sent before, from this computer or another one: by the clock of the server, whatever that of
// this computer shows.
const nextSerial = () => (serial = Math.max(serial + 1, Date.now() + behind));

// ── what is kept here ───────────────────────────────────────────────────────────────────────────────

let kept = new Map();
try {
  kept = new Map(JSON.parse(localStorage.getItem(key) ?? "[]"));
} catch {
  kept = new Map(); // unreadable, or a browser that keeps nothing: then this page alone remembers
}

function keep() {
  try {
    if (kept.size) localStorage.setItem(key, JSON.stringify([...kept]));
    else localStorage.removeItem(key);
  } catch {
    return; // as above
  }
}

const fieldsOf = (place) => [...form.querySelectorAll(`[name="answer-${place}"]`)];
const isChoice = (field) => field.type === "radio" || field.type === "checkbox";

function givenAt(place) {
  const fields = fieldsOf(place);
  if (isChoice(fields[0])) return fields.filter((field) => field.checked).map((field) => field.value);
  const text = fields[0].value.trim();
  return text ? [text] : [];
}

function show(place, given) {
  for (const field of fieldsOf(place)) {
    if (isChoice(field)) field.checked = given.includes(field.value);
    else field.value = given[0] ?? "";
  }
}

function markPlace(place) {
  form.querySelector(`[data-place="${place}"]`)?.classList.toggle("done", givenAt(place).length > 0);
}

// What was last kept of a place: a text that is left as it was typed is not sent twice.
const known = new Map();
const textOf = (place) => JSON.stringify(givenAt(place));

function answered(place) {
  if (known.get(place) === textOf(place)) return;
  known.set(place, textOf(place));
  kept.set(Number(place), { given: givenAt(place), serial: nextSerial() });
  keep();
  markPlace(place);
  send();
}

// ── sending it ──────────────────────────────────────────────────────────────────────────────────────

function tell(sentence, mood) {
  if (told.textContent !== sentence) told.textContent = sentence;
  told.className = `exam-saved ${mood}`;
}

function tellState() {
  if (!kept.size) tell(form.dataset.saved, "");
  else if (failures) tell(form.dataset.offline.replace("{count}", kept.size), "bad");
  else tell(form.dataset.saving, "busy");
}

function refuse(sentence) {
  refusedBox.textContent = sentence;
  refusedBox.hidden = false;
}

// One request at a time; whoever asks meanwhile waits for that one.
function send({ ask = false } = {}) {
  clearTimeout(waiting);
  if (!sending && !isOver && (kept.size || ask)) sending = sendNow();
  return sending;
}

async function sendNow() {
  const answers = [...kept].map(([place, one]) => ({ place, ...one }));
  if (!failures) tellState();
  try {
    const body = new FormData();
    body.set("answers", JSON.stringify({ answers }));
    const answer = await fetch("/exam/answers", { method: "POST", body, signal: AbortSignal.timeout(10_000), headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (answer.ok) taken(said);
    else if (answer.status >= 500 || answer.status === 429 || said.again) throw new Error("again");
    else final(answer.status, said, answers);
    failures = 0;
  } catch {
    failures += 1;
  }
  sending = null;
  tellState();
  if (isOver) return;
  if (failures) waiting = setTimeout(() => send({ ask: true }), PAUSE_S[Math.min(failures, PAUSE_S.length) - 1] * 1000);
  else if (kept.size) send();
}

function taken(said) {
  for (const [place, number] of said.saved) if (kept.get(place)?.serial === number) kept.delete(place);
  keep();
  behind = said.now - Date.now();
  if (said.left || ends > Date.now()) startClock(said.left);
}

// Refused for good: the sentence says why. An answer that cannot be read goes; the time that is up ends everything.
function final(status, said, answers) {
  refuse(said.why);
  if (status === 401) {
    isOver = true;
    return;
  }
  for (const one of answers) if (kept.get(one.place)?.serial === one.serial) kept.delete(one.place);
  keep();
  if (!refusedBox.dataset.looked) {
    refusedBox.dataset.looked = "true";
    setTimeout(() => location.reload(), 4000); // the server says what is next
  }
}

// ── the time ────────────────────────────────────────────────────────────────────────────────────────

let ends = 0;

function startClock(left) {
  ends = Date.now() + left * 1000;
  tick();
}

function tick() {
  clearTimeout(timer);
  const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
  clock.textContent = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : form.dataset.up;
  clock.parentElement.classList.toggle("short", left < 300);
  if (left) timer = setTimeout(tick, 1000);
  else timer = setTimeout(atTheEnd, 1500);
}

// The last answers first; then the server, whose clock alone counts, says that the paper is handed in.
async function atTheEnd() {
  await send({ ask: true });
  if ((kept.size || failures) && !isOver) timer = setTimeout(atTheEnd, 2000);
  else timer = setTimeout(() => location.reload(), 6000);
}

// ── the page ────────────────────────────────────────────────────────────────────────────────────────

for (const plain of document.querySelectorAll("[data-plain]")) plain.hidden = true;
for (const [place, one] of kept) {
  if (one.serial <= serialAt(place)) {
    kept.delete(place); // it arrived, or was answered anew at another computer since
    continue;
  }
  serial = Math.max(serial, one.serial);
  show(place, one.given);
  markPlace(place);
}

// What the server sent is known; what was chosen before this script ran is told it now.
function sentAt(place) {
  const fields = fieldsOf(place);
  if (isChoice(fields[0])) return fields.filter((field) => field.defaultChecked).map((field) => field.value);
  const text = fields[0].defaultValue.trim();
  return text ? [text] : [];
}

for (const question of form.querySelectorAll("[data-question]")) {
  const place = question.dataset.question;
  known.set(place, kept.has(Number(place)) ? textOf(place) : JSON.stringify(sentAt(place)));
  answered(place);
}

form.addEventListener("change", (event) => {
  const place = event.target.closest("[data-question]")?.dataset.question;
  if (place) answered(place);
});

const typing = new Map();
form.addEventListener("input", (event) => {
  const place = event.target.closest("[data-question]")?.dataset.question;
  if (!place || isChoice(event.target)) return;
  clearTimeout(typing.get(place));
  typing.set(place, setTimeout(() => answered(place), TYPED_MS));
});

// Without this, Enter in a text would press the first button.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
});

// In another language the page opens at the question that is read now; a redirect keeps what stands behind #.
function stayHere() {
  const below = form.querySelector(".exam-bar").getBoundingClientRect().bottom;
  const read = [...form.querySelectorAll("[data-question]")].find((one) => one.getBoundingClientRect().bottom > below + 20);
  form.action = `/exam/paper#q-${read?.dataset.question ?? 1}`;
}

// Nobody leaves for the next page while answers wait: without a connection that page would not come.
form.addEventListener("submit", async (event) => {
  if (event.submitter?.hasAttribute("data-stay")) stayHere();
  if (!kept.size || isOver) return;
  event.preventDefault();
  const { submitter } = event;
  do await send();
  while (kept.size && !failures && !isOver);
  if (!kept.size) form.requestSubmit(submitter);
});

addEventListener("online", () => send({ ask: true }));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) send({ ask: true });
});
setInterval(() => send({ ask: true }), ASK_AGAIN_MS);

startClock(Number(form.dataset.left));
tellState();
send();
