// The email beside its words: made again after a pause in typing, before anything is saved. And: findings lead to lines.
"use strict";

const PAUSE = 700; // ms without a key before the email is made again
const form = document.getElementById("post");
const body = document.getElementById("body");
const frame = document.getElementById("mail");
const findings = document.getElementById("findings");
const unsaved = document.getElementById("unsaved");
const words = document.querySelector("script[data-saved]").dataset.saved;
const views = [...document.querySelectorAll("a[data-view]")];
let view = views.find((each) => each.hasAttribute("aria-current")).dataset.view;
let name = frame.getAttribute("src").split("/")[2];
let timer = 0;
let asked = 0;
let changed = false;

async function make() {
  const turn = ++asked;
  const fields = new URLSearchParams(new FormData(form));
  fields.set("seal", form.dataset.seal);
  const answer = await fetch(form.dataset.try, { method: "POST", body: fields });
  if (!answer.ok || turn !== asked) return;
  const made = await answer.json();
  findings.innerHTML = made.findings;
  if (made.made) {
    name = made.name;
    show();
  }
}

function show() {
  frame.src = `/mail/${name}/${view}`;
}

form.addEventListener("input", () => {
  changed = true;
  unsaved.textContent = words;
  clearTimeout(timer);
  timer = setTimeout(() => make().catch(() => {}), PAUSE);
});
form.addEventListener("submit", () => {
  changed = false;
});
addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
for (const each of views) {
  each.addEventListener("click", (event) => {
    event.preventDefault();
    views.forEach((other) => other.toggleAttribute("aria-current", other === each));
    each.setAttribute("aria-current", "true");
    view = each.dataset.view;
    show();
  });
}
findings.addEventListener("click", (event) => {
  const line = Number(event.target.dataset.line);
  if (!line) return;
  event.preventDefault();
  const before = body.value.split("\n").slice(0, Math.max(line - 1, 0));
  const at = before.join("\n").length + (before.length ? 1 : 0);
  const end = body.value.indexOf("\n", at);
  body.focus();
  body.setSelectionRange(at, end < 0 ? body.value.length : end);
  body.scrollTop = (body.scrollHeight * before.length) / body.value.split("\n").length - body.clientHeight / 3;
});
