// How many a segment has, while it is chosen.
"use strict";

const form = document.getElementById("choice");
const words = document.getElementById("count");
let timer = 0;

async function count() {
  const fields = new URLSearchParams({ seal: form.dataset.seal, segment: form.segment.value, expression: form.expression.value });
  const answer = await fetch(form.dataset.count, { method: "POST", body: fields });
  if (answer.ok) words.textContent = (await answer.json()).words;
}

for (const field of [form.segment, form.expression]) {
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => count().catch(() => {}), 300);
  });
}
