// Buttons above the words of a post: each puts Markdown around or before what is selected. Undo takes it back.
"use strict";

const bar = document.querySelector(".toolbar");
const body = document.getElementById("body");

// Typing it lets the browser's own undo know of it, which setting a value would not.
function type(text) {
  body.focus();
  if (!document.execCommand("insertText", false, text)) body.setRangeText(text, body.selectionStart, body.selectionEnd, "end");
  body.dispatchEvent(new Event("input", { bubbles: true }));
}

function around(mark) {
  const { selectionStart: from, selectionEnd: to, value } = body;
  const words = value.slice(from, to);
  type(mark + words + mark);
  body.setSelectionRange(from + mark.length, from + mark.length + words.length);
}

function before(mark) {
  const from = body.value.lastIndexOf("\n", body.selectionStart - 1) + 1;
  const end = body.value.indexOf("\n", body.selectionEnd);
  const to = end < 0 ? body.value.length : end;
  const lines = body.value.slice(from, to).split("\n");
  const marked = lines.every((line) => line.startsWith(mark));
  body.setSelectionRange(from, to);
  type(lines.map((line) => (marked ? line.slice(mark.length) : mark + line)).join("\n"));
}

function link(address) {
  const { selectionStart: from, selectionEnd: to, value } = body;
  const words = value.slice(from, to);
  type(`[${words}](${address})`);
  const at = from + words.length + 3;
  body.setSelectionRange(at, at + address.length);
}

bar.hidden = false;
bar.addEventListener("click", ({ target: { dataset } }) => {
  if (dataset.around) around(dataset.around);
  if (dataset.before) before(dataset.before);
  if (dataset.link) link(dataset.link);
});
body.addEventListener("keydown", (event) => {
  const mark = { b: "**", i: "_" }[event.key];
  if (mark && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    around(mark);
  }
});
