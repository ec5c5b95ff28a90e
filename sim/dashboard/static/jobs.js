// Runs under way: how far they are, and the table of saved runs once one has ended.

import { element, post, say, words } from "./ask.js";

const list = document.getElementById("jobs");
const page = document.getElementById("page");
const OPEN = ["waiting", "running"];
const SOON = 500;
const LATER = 5000;

let known = new Map();
let timer = 0;

/** Asks now, and again as long as the page is open. */
export async function follow() {
  clearTimeout(timer);
  let busy = false;
  try {
    const answer = await fetch("/api/jobs");
    if (!answer.ok) throw new Error(answer.statusText);
    const jobs = await answer.json();
    busy = jobs.some((job) => OPEN.includes(job.state));
    const ended = jobs.some((job) => job.state === "done" && OPEN.includes(known.get(job.id)));
    known = new Map(jobs.map((job) => [job.id, job.state]));
    show(jobs);
    if (ended) await refresh();
  } catch {
    list.replaceChildren(element("li", words.unreachable, { class: "wrong" }));
  }
  timer = setTimeout(follow, busy ? SOON : LATER);
}

function show(jobs) {
  const focused = document.activeElement?.dataset?.cancel;
  list.replaceChildren(...jobs.toReversed().map(row));
  if (focused) list.querySelector(`[data-cancel="${focused}"]`)?.focus();
}

function row(job) {
  const item = element("li", "", { "data-job": job.id, "data-state": job.state });
  item.append(element("strong", job.name), element("div", told(job)));
  if (job.state === "running") {
    const bar = element("progress", "", job.of ? { max: job.of, value: job.months, "aria-label": job.name } : { "aria-label": job.name });
    item.append(bar);
  }
  if (OPEN.includes(job.state)) {
    const button = element("button", words.cancel, { type: "button", "data-cancel": job.id });
    button.addEventListener("click", async () => {
      button.disabled = true;
      await post(`/api/jobs/${job.id}/cancel`);
      follow();
    });
    item.append(button);
  }
  if (job.state === "done") item.append(element("a", words.open, { href: `/run/${encodeURIComponent(job.run)}` }));
  if (job.error) item.append(element("pre", job.error, { class: "wrong" }));
  return item;
}

function told(job) {
  if (job.state !== "running") return words[job.state];
  if (job.phase === "report" || !job.months) return words[job.phase] ?? words.running;
  const parts = [say(words.months, job)];
  if (job.per_second) {
    parts.push(say(words.speed, { speed: (job.per_second / 1e6).toFixed(1) }));
    parts.push(say(words.left, { seconds: Math.ceil(job.seconds_left) }));
  }
  return parts.join(" · ");
}

/** The dashboard's own page escapes every name, so that its HTML can be put in place. */
async function refresh() {
  const answer = await fetch(`/runs?scenario=${encodeURIComponent(page.dataset.scenario)}`);
  if (answer.ok) document.getElementById("runs").outerHTML = await answer.text();
}
