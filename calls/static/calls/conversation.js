// Keeps the transcript of a live call at its end, unless the user has scrolled up.
(() => {
  const NEAR_THE_END = 80; // pixels
  let follows = true;

  const box = () => document.querySelector("#conversation-box[data-follow]");
  const toTheEnd = () => box() && follows && box().scrollTo({ top: box().scrollHeight });

  document.addEventListener(
    "scroll",
    (event) => {
      if (event.target === box()) {
        follows = box().scrollHeight - box().scrollTop - box().clientHeight < NEAR_THE_END;
      }
    },
    true,
  );
  document.addEventListener("DOMContentLoaded", toTheEnd);
  document.addEventListener("htmx:oobAfterSwap", toTheEnd);
})();
