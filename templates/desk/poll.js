// What changes by itself: asks every two seconds whether it has, and exchanges it where it has.
"use strict";

const PAUSE = 2000; // ms between two questions
const place = document.querySelector("[data-poll]");
let since = place.dataset.since;

async function look() {
  const answer = await fetch(`${place.dataset.poll}?since=${encodeURIComponent(since)}`, { cache: "no-store" });
  if (!answer.ok) return false;
  const found = await answer.json();
  if (found.since !== since) {
    since = found.since;
    const open = place.contains(document.activeElement) && document.activeElement.id;
    place.innerHTML = found.html;
    if (open) document.getElementById(open)?.focus();
  }
  return found.over;
}

async function watch() {
  for (let over = false; !over; await new Promise((done) => setTimeout(done, PAUSE))) {
    // A page that nobody sees asks nothing.
    if (!document.hidden) over = await look().catch(() => false);
  }
}

watch();
