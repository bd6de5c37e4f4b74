// What unfold leaves to the mouse: whatever listens for clicks can be reached with Tab and pressed with Enter or Space, too.
// And questions before something happens: a button with data-asks="id" opens that <dialog> first. Without this script it acts at once.
"use strict";

(() => {
  const ICON = ".material-symbols-outlined";
  const NATIVE = "a[href], button, input, select, textarea, summary, label, option";
  // What an icon does that stands alone. The key is the name that unfold's font knows the icon by.
  const ICON_MEANS = {
    dock_to_right: "Show or hide the menu",
    dock_to_left: "Show or hide the menu",
    menu: "Show or hide the menu",
    close: "Close",
    unfold_more: "Your account",
    visibility: "Show the password",
    visibility_off: "Hide the password",
  };

  const iconOf = (element) => (element.matches(ICON) ? element : element.querySelector(ICON));

  const textOf = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll(`${ICON}, style, script`).forEach((icon) => icon.remove());
    return element.matches(ICON) ? "" : copy.textContent.trim();
  };

  const name = (element) => {
    const icon = iconOf(element);
    if (!icon || textOf(element) || element.hasAttribute("aria-label")) return;
    element.setAttribute("aria-label", element.title || ICON_MEANS[icon.textContent.trim()] || icon.textContent.trim().replaceAll("_", " "));
  };

  const makeReachable = (element) => {
    if (element.matches(`${NATIVE}, [tabindex], [role]`) || element.querySelector(NATIVE) || !element.textContent.trim()) return;
    element.setAttribute("role", "button");
    element.tabIndex = 0;
    name(element);
  };

  const improve = (root) => {
    root.querySelectorAll("[x-on\\:click]").forEach(makeReachable);
    root.querySelectorAll("a[href], button").forEach(name);
    // The names of icons are no words: "history History" does not help screen-reader users.
    root.querySelectorAll(`:is(a, button, summary, [role=button]) ${ICON}:not([aria-hidden])`).forEach((icon) => icon.setAttribute("aria-hidden", "true"));
  };

  const addLandmarks = () => {
    const main = document.getElementById("main") || document.getElementById("page");
    if (main && !document.querySelector("main, [role=main]")) main.setAttribute("role", "main");
    const content = document.getElementById("content");
    if (!content || document.querySelector(".vp-skip")) return;
    content.tabIndex = -1;
    const skip = Object.assign(document.createElement("a"), { href: "#content", className: "vp-skip", textContent: "Skip to content" });
    document.body.prepend(skip);
  };

  document.addEventListener("DOMContentLoaded", () => {
    addLandmarks();
    improve(document.body);
    document.body.addEventListener("htmx:load", (event) => improve(event.target));
  });
  document.addEventListener("alpine:initialized", () => improve(document.body));

  document.addEventListener("keydown", (event) => {
    if ((event.key === "Enter" || event.key === " ") && event.target.matches("[role=button]:not(button)")) {
      event.preventDefault();
      event.target.click();
    }
  });

  // A button with data-copies="id" copies the text of that element.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source); // no permission, or no https: ready for Ctrl+C
    }
  });

  document.addEventListener("click", (event) => {
    const asking = event.target.closest("[data-asks]");
    if (!asking) return;
    event.preventDefault();
    document.getElementById(asking.dataset.asks).showModal();
  });
})();
