// Follows what the author saves: asks for the state of the mail, and exchanges what has changed, where it stands.
"use strict";

const PAUSE = 600; // ms between two questions
const SMALLEST = 0.56; // below it a mail cannot be read
const stage = document.querySelector(".stage");
const panes = [...document.querySelectorAll(".pane")];
const status = document.getElementById("status");
const kept = "newsletter-preview-views";
const full = document.getElementById("full");
const keptFull = "newsletter-preview-full";
let version = document.body.dataset.version;
let leader = null;
let leads = 0;

const frameOf = (pane) => pane.querySelector("iframe:not(.coming)");

function fit() {
  const open = panes.filter((pane) => !pane.hidden);
  const wide = open.reduce((sum, pane) => sum + Number(pane.dataset.width), 0);
  const spare = stage.clientWidth - 48 - 28 * (open.length - 1) - 14 * open.length;
  const scale = full.getAttribute("aria-pressed") === "true" ? 1 : Math.min(1, Math.max(SMALLEST, spare / wide));
  stage.style.setProperty("--scale", scale.toFixed(3));
}

function share(frame) {
  const { scrollTop, scrollHeight, clientHeight } = frame.contentDocument.scrollingElement;
  return scrollHeight > clientHeight ? scrollTop / (scrollHeight - clientHeight) : 0;
}

function follow(frame) {
  frame.contentWindow.addEventListener("scroll", () => {
    const now = performance.now();
    if (leader && leader !== frame && now - leads < 200) return;
    [leader, leads] = [frame, now];
    for (const other of panes.map(frameOf)) {
      const root = other !== frame && other.contentDocument && other.contentDocument.scrollingElement;
      if (root) root.scrollTop = share(frame) * (root.scrollHeight - root.clientHeight);
    }
  }, { passive: true });
}

function renew(pane) {
  const old = frameOf(pane);
  const at = old.contentWindow.scrollY;
  pane.querySelectorAll("iframe.coming").forEach((late) => late.remove());
  const fresh = old.cloneNode();
  fresh.classList.add("coming");
  fresh.src = `/mail/${pane.dataset.view}?v=${version}`;
  fresh.addEventListener("load", () => {
    [leader, leads] = [fresh, performance.now() + 300];
    fresh.contentWindow.scrollTo(0, at);
    fresh.classList.remove("coming");
    old.remove();
    follow(fresh);
  }, { once: true });
  old.after(fresh);
}

function show(state) {
  version = String(state.version);
  document.getElementById("side").innerHTML = state.side;
  document.getElementById("why").textContent = state.wrong;
  document.getElementById("wrong").hidden = !state.wrong;
  stage.classList.toggle("stale", Boolean(state.wrong));
  const subject = document.querySelector("#side h1");
  if (subject) document.title = `${subject.textContent} – preview`;
  if (!state.wrong) panes.forEach(renew);
  say(state.wrong ? "Waiting for a mail" : `Changed at ${new Date().toLocaleTimeString()}`, Boolean(state.wrong));
  fit();
}

function say(words, gone) {
  if (status.textContent !== words) status.textContent = words;
  status.classList.toggle("gone", gone);
}

async function watch() {
  for (let lost = false; ; await new Promise((done) => setTimeout(done, PAUSE))) {
    try {
      const answer = await fetch(`/state?since=${version}`, { cache: "no-store" });
      const state = await answer.json();
      if (String(state.version) !== version || (lost && state.side)) show(state);
      else if (lost) say("Follows what you save", false);
      lost = false;
    } catch {
      lost = true;
      say("The preview has ended; start it again in the terminal", true);
    }
  }
}

function choose(view, wanted) {
  panes.find((pane) => pane.dataset.view === view).hidden = !wanted;
  document.querySelector(`button[data-view="${view}"]`).setAttribute("aria-pressed", String(wanted));
  fit();
}

for (const button of document.querySelectorAll("button[data-view]")) {
  button.addEventListener("click", () => {
    choose(button.dataset.view, button.getAttribute("aria-pressed") !== "true");
    const open = panes.filter((pane) => !pane.hidden).map((pane) => pane.dataset.view);
    localStorage.setItem(kept, JSON.stringify(open));
  });
}
function enlarge(wanted) {
  full.setAttribute("aria-pressed", String(wanted));
  fit();
}

full.addEventListener("click", () => {
  enlarge(full.getAttribute("aria-pressed") !== "true");
  localStorage.setItem(keptFull, full.getAttribute("aria-pressed"));
});
enlarge(localStorage.getItem(keptFull) === "true");
const chosen = JSON.parse(localStorage.getItem(kept) || "null");
if (Array.isArray(chosen)) panes.forEach((pane) => choose(pane.dataset.view, chosen.includes(pane.dataset.view)));
for (const pane of panes) {
  pane.style.setProperty("--width", pane.dataset.width);
  const frame = frameOf(pane);
  if (frame.contentDocument && frame.contentDocument.readyState === "complete") follow(frame);
  else frame.addEventListener("load", () => follow(frame), { once: true });
}
addEventListener("resize", fit);
fit();
watch();
