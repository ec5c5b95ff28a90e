// Levers of the page: where they stand, what is wrong beside them, and the address that remembers them.

import { element } from "./ask.js";

const all = new Map([...document.querySelectorAll(".lever")].map((box) => [box.dataset.lever, lever(box)]));

function lever(box) {
  const number = box.querySelector('input[type="number"]');
  const range = box.querySelector('input[type="range"]');
  const tick = box.querySelector('input[type="checkbox"]');
  const standard = JSON.parse(box.dataset.default);
  return {
    box,
    standard,
    inputs: [number, range, tick].filter(Boolean),
    get: () => (tick ? tick.checked : number.value.trim() === "" ? null : Number(number.value)),
    set(value) {
      if (tick) tick.checked = value;
      else number.value = range.value = value;
    },
    moving(input) {
      if (input === range) number.value = snapped(range, standard);
      if (input === number) range.value = number.value;
    },
  };
}

/** The slider's place in whole steps; near where the scenario stands it is exactly there. */
function snapped(range, standard) {
  const step = Number(range.dataset.step);
  const value = Math.round(range.value / step) * step;
  const kept = Math.min(Math.max(value, Number(range.min)), Number(range.max));
  return Math.abs(kept - standard) < step / 2 ? standard : Number(kept.toPrecision(10));
}

/** Id and place of every lever that stands elsewhere than in the scenario. */
export function moved() {
  const found = {};
  for (const [id, each] of all) if (each.get() !== each.standard) found[id] = each.get();
  return found;
}

/** Puts levers where they are asked to stand, and all others back. */
export function place(values) {
  for (const [id, each] of all) each.set(id in values ? values[id] : each.standard);
  mark();
}

/** Calls back whenever a lever moves. */
export function watch(whenMoved) {
  for (const each of all.values()) {
    for (const input of each.inputs) {
      input.addEventListener("input", () => {
        each.moving(input);
        mark();
        whenMoved();
      });
    }
  }
}

function mark() {
  for (const each of all.values()) each.box.classList.toggle("moved", each.get() !== each.standard);
}

/** Shows what is wrong beside each lever; returns what belongs to none. */
export function complain(errors) {
  for (const [id, each] of all) {
    const messages = errors[id] ?? [];
    each.box.querySelector(".wrong").replaceChildren(...messages.map((message) => element("li", message)));
    if (messages.length) each.box.closest("details.group").open = true;
  }
  return Object.entries(errors).flatMap(([id, messages]) => (all.has(id) ? [] : messages));
}
