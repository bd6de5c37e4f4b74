// Plays the parts of a recording in their order, and lets transcript and sound follow each other.
(() => {
  const SEEK_SECONDS = 5;
  const LEAD_IN_SECONDS = 0.3; // a turn is noted a moment after it began

  document.addEventListener("DOMContentLoaded", () => {
    const audio = document.querySelector("#player-audio");
    if (!audio) return;
    const parts = [...document.querySelectorAll("[data-part]")].map((element) => ({
      address: element.dataset.part,
      began: Number(element.dataset.began),
      seconds: Number(element.dataset.seconds),
    }));
    const speed = document.querySelector("#player-speed");
    let current = -1;
    let failedAt = -1;

    const open = (place, seconds, plays) => {
      current = place;
      audio.src = parts[place].address;
      audio.playbackRate = audio.defaultPlaybackRate = Number(speed.value);
      if (seconds > 0) audio.addEventListener("loadedmetadata", () => (audio.currentTime = seconds), { once: true });
      if (plays) audio.play().catch(() => {});
    };

    const playAt = (moment) => {
      const found = parts.findLastIndex((part) => part.began <= moment);
      const place = Math.max(found, 0);
      const seconds = Math.min(Math.max(moment - parts[place].began, 0), parts[place].seconds);
      if (place !== current || audio.readyState === 0) return open(place, seconds, true);
      audio.currentTime = seconds;
      audio.play().catch(() => {});
    };

    const turns = () => [...document.querySelectorAll("[data-turn][data-at]")];

    const follow = () => {
      const moment = parts[current].began + audio.currentTime;
      const all = turns();
      const now = all.findLast((turn) => Number(turn.dataset.at) - LEAD_IN_SECONDS <= moment);
      for (const turn of all) {
        const isNow = turn === now;
        if (isNow && !turn.hasAttribute("aria-current")) showInBox(turn);
        turn.toggleAttribute("aria-current", isNow);
      }
    };

    const showInBox = (turn) => {
      const box = document.querySelector("#conversation-box");
      if (!box || audio.paused) return;
      const top = turn.offsetTop - box.offsetTop;
      if (top < box.scrollTop || top + turn.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTo({ top });
    };

    open(0, 0, false);
    document.querySelector("#conversation")?.classList.add("vp-playable");
    speed.addEventListener("change", () => {
      audio.playbackRate = audio.defaultPlaybackRate = Number(speed.value);
    });
    audio.addEventListener("timeupdate", follow);
    audio.addEventListener("ended", () => current + 1 < parts.length && open(current + 1, 0, true));
    audio.addEventListener("error", () => {
      // The address may have expired during a pause: ask for another one, once for each place.
      const seconds = audio.currentTime;
      if (seconds > 0 && failedAt !== seconds) {
        failedAt = seconds;
        open(current, seconds, true);
      }
    });
    document.addEventListener("click", (event) => {
      const turn = event.target.closest("[data-turn][data-at]");
      if (turn && !window.getSelection().toString()) playAt(Number(turn.dataset.at) - LEAD_IN_SECONDS);
    });
    document.addEventListener("keydown", (event) => {
      if (event.target.closest("input, textarea, select, button, a, audio, summary") || event.ctrlKey || event.metaKey) return;
      if (event.key === "ArrowLeft") audio.currentTime = Math.max(0, audio.currentTime - SEEK_SECONDS);
      else if (event.key === "ArrowRight") audio.currentTime += SEEK_SECONDS;
    });
  });
})();
