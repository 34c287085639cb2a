
"use strict";
const input = document.getElementById("search");
const rows = Array.from(document.querySelectorAll("#files tbody tr"));
const texts = rows.map((row) => row.textContent.toLowerCase());
input.addEventListener("input", () => {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  rows.forEach((row, i) => {
    row.hidden = !words.every((word) => texts[i].includes(word));
    shown += row.hidden ? 0 : 1;
  });
  document.getElementById("shown").textContent = words.length === 0 ? "" : shown + " of " + rows.length;
});
document.querySelector(".filter").hidden = false;
