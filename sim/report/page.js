"use strict";

// Values beside the pointer. Without this script the browser shows the titles itself.
const tip = document.body.appendChild(document.createElement("div"));
tip.className = "hover";
tip.hidden = true;
for (const band of document.querySelectorAll("svg .tip")) {
  band.dataset.text = band.querySelector("title").textContent;
  band.querySelector("title").remove();
}
document.addEventListener("pointerover", (event) => {
  const band = event.target.closest(".tip");
  tip.hidden = !band;
  if (!band) return;
  tip.textContent = band.dataset.text;
  const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - tip.offsetWidth - 4);
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, event.clientY - tip.offsetHeight - 10)}px`;
});
document.addEventListener("scroll", () => { tip.hidden = true; });

// Tables as files for spreadsheets: the numbers themselves where a cell has one, else its text.
function cellText(cell) {
  const text = cell.dataset.value ?? cell.textContent.trim().replace(/\s+/g, " ");
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function download(table, name) {
  const rows = [...table.rows].map((row) => [...row.cells].map(cellText).join(","));
  // Spreadsheets take a file for UTF-8 by its first character.
  const file = new Blob(["\ufeff" + rows.join("\r\n") + "\r\n"], { type: "text/csv" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

document.querySelectorAll("table").forEach((table) => {
  const button = document.createElement("button");
  button.className = "csv";
  button.textContent = document.body.dataset.download;
  button.addEventListener("click", () => download(table, `${table.id}.csv`));
  table.before(button);
});

// Which series of the figures stand out, and which one of several figures is shown.
for (const choice of document.querySelectorAll("[data-switch], [data-choose]")) choice.hidden = false;
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-switch]")) document.documentElement.dataset.show = event.target.value;
  const chooser = event.target.closest("[data-choose]");
  if (chooser) choose(chooser);
});

function choose(chooser) {
  const chosen = chooser.querySelector("select").value;
  for (const each of document.querySelectorAll(`[data-of="${chooser.dataset.choose}"]`)) {
    each.hidden = each.dataset.name !== chosen;
  }
}
document.querySelectorAll("[data-choose]").forEach(choose);

// A font that lacks a character draws the same box for every one that it lacks.
function drawn(text) {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  pen.font = `24px ${getComputedStyle(document.body).fontFamily}`;
  pen.fillText(text, 2, 30);
  return canvas.toDataURL();
}
const warning = document.getElementById("no-font");
if (warning) warning.hidden = drawn("贫") !== drawn("困");
