// The script's editor: inserts columns where the user was writing, counts characters, and shows one pane on small screens.
"use strict";

(() => {
  const form = document.getElementById("campaign_form");
  let writing = null; // the text that had the focus last

  const insert = (placeholder) => {
    const text = writing || form.querySelector("textarea[name=session_instructions]");
    if (!text || text.readOnly || text.disabled) return;
    show("write");
    text.focus();
    text.setRangeText(placeholder, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const count = (text) => {
    const most = Number(text.dataset.counted).toLocaleString("en");
    text.counter.textContent = `${text.value.length.toLocaleString("en")} of ${most} characters`;
  };

  const show = (pane) => {
    document.body.classList.toggle("vp-previewing", pane === "preview");
    document.querySelectorAll("[data-pane]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.pane === pane)));
  };

  form.querySelectorAll("textarea[data-counted]").forEach((text) => {
    text.counter = Object.assign(document.createElement("p"), { className: "vp-counter" });
    text.after(text.counter);
    count(text);
    text.addEventListener("input", () => count(text));
  });
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("textarea")) writing = event.target;
  });
  document.addEventListener("click", (event) => {
    const column = event.target.closest("[data-insert]");
    if (column) insert(column.dataset.insert);
    const button = event.target.closest("[data-pane]");
    if (button) show(button.dataset.pane);
    if (event.target.closest(".vp-findings a")) show("write"); // where the link leads is hidden otherwise
  });
})();
