// The page of a scenario: levers are checked as they move, then run or exported.

import { element, post, words } from "./ask.js";
import { follow } from "./jobs.js";
import { complain, moved, place, watch } from "./levers.js";

const at = (id) => document.getElementById(id);
const PAUSE = 250;

let timer = 0;
let asked = 0;

function wish() {
  return {
    scenario: at("page").dataset.scenario,
    levers: moved(),
    name: at("name").value,
    scale: Number(at("scale").value),
    seed: Number(at("seed").value),
  };
}

/** What is wrong, beside its lever or above the buttons; true where nothing is. */
async function fine(answer) {
  let errors = {};
  if (answer.status === 422 || answer.status === 429) errors = (await answer.json()).errors;
  else if (!answer.ok) errors = { "": [await answer.text()] };
  const others = complain(errors);
  at("wrong").replaceChildren(...others.map((message) => element("li", message)));
  return answer.ok;
}

async function asking(question) {
  try {
    return await question();
  } catch {
    at("wrong").replaceChildren(element("li", words.unreachable));
    return undefined;
  }
}

async function check() {
  const mine = ++asked;
  const answer = await asking(() => post("/api/check", wish()));
  if (answer === undefined || mine !== asked) return;
  const good = await fine(answer);
  at("start").disabled = at("export").disabled = !good;
  if (!good) return;
  const { changed, name, saved } = await answer.json();
  at("changed").replaceChildren(...(changed.length ? changed : [words.nothing]).map((line) => element("li", line)));
  at("name").placeholder = name;
  at("notice").textContent = saved ? words.saved : "";
}

/** The address remembers the levers, for a reload, the other language, or a colleague. */
function remember() {
  const values = moved();
  const hash = Object.keys(values).length ? `#${encodeURIComponent(JSON.stringify(values))}` : "";
  history.replaceState(null, "", `${location.pathname}${location.search}${hash}`);
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE);
}

function recall() {
  let values = {};
  try {
    values = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
  } catch {
    // An address that somebody cut short: the scenario as it stands.
  }
  place(Object(values));
}

at("run").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await asking(() => post("/api/runs", wish()));
  if (answer === undefined || !(await fine(answer))) return;
  const { run, saved } = await answer.json();
  if (saved) location.assign(`/run/${encodeURIComponent(run)}`);
  else follow();
});

at("export").addEventListener("click", async () => {
  const answer = await asking(() => post("/api/export", wish()));
  if (answer === undefined || !(await fine(answer))) return;
  const name = answer.headers.get("Content-Disposition").match(/filename="(.*)"/)[1];
  const link = element("a", "", { href: URL.createObjectURL(await answer.blob()), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});

at("reset").addEventListener("click", () => {
  place({});
  remember();
});

at("language").addEventListener("click", (event) => {
  event.preventDefault();
  location.assign(event.currentTarget.href.replace(/#.*$/, "") + location.hash);
});

for (const id of ["name", "scale", "seed"]) at(id).addEventListener("input", remember);
addEventListener("hashchange", () => {
  recall();
  check();
});

watch(remember);
recall();
check();
follow();
