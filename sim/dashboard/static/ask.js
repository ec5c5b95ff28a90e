// Questions to the dashboard; every one that changes something carries the page's token.

export const words = JSON.parse(document.getElementById("words").textContent);

const token = document.querySelector('meta[name="povsim-token"]').content;

/** Fills the {fields} of a sentence. */
export function say(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Posts JSON; rejects where nobody answers. */
export function post(path, body = {}) {
  return fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Povsim-Token": token },
    body: JSON.stringify(body),
  });
}

/** An element with text, which is never read as HTML. */
export function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
