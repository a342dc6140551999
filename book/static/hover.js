/* Shows the card of a term or a citation beside its link: by mouse, by keyboard, by a first tap. See book/_ext/hover.py. */
(() => {
  "use strict";
  const store = document.querySelector(".hover-cards");
  if (!store) return;
  const SHOW_AFTER = 150, HIDE_AFTER = 300, GAP = 4, EDGE = 8; // milliseconds; pixels
  const cards = new Map(/** @type {HTMLElement[]} */ ([...store.children]).map((card) => [card.dataset.for, card]));
  let link = null, card = null; // what is open
  let timer = 0, touched = false, quiet = false;

  const later = (action, wait) => {
    clearTimeout(timer);
    timer = setTimeout(action, wait);
  };

  /* Under the link's last line, or above its first one where there is more room. */
  const place = () => {
    const lines = [...link.getClientRects()], first = lines[0], last = lines[lines.length - 1];
    const article = link.closest("article").getBoundingClientRect();
    card.style.left = card.style.top = "0px";
    const own = card.getBoundingClientRect();
    const space = { above: first.top, below: window.innerHeight - last.bottom };
    const above = space.below < own.height + GAP + EDGE && space.above > space.below;
    const limit = Math.min(document.documentElement.clientWidth - EDGE, Math.max(article.right, last.right, own.width));
    const left = Math.max(EDGE, Math.min(above ? first.left : last.left, limit - own.width));
    card.style.left = `${left - own.left}px`;
    card.style.top = `${(above ? first.top - own.height - GAP : last.bottom + GAP) - own.top}px`;
  };

  const hide = () => {
    clearTimeout(timer);
    if (card) store.append(card);
    link = card = null;
  };

  const show = (target) => {
    clearTimeout(timer);
    if (link === target) return;
    hide();
    link = target;
    card = cards.get(link.getAttribute("href"));
    link.after(card); // so that the Tab key leads from the link into its card
    place();
  };

  const inside = (node) => card && (link.contains(node) || card.contains(node));

  for (const one of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("article a.reference[href]"))) {
    const own = cards.get(one.getAttribute("href"));
    if (!own || store.contains(one)) continue;
    one.removeAttribute("title"); // the card says it better
    one.setAttribute("aria-describedby", own.id);
    one.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch") later(() => show(one), SHOW_AFTER);
    });
    one.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") later(hide, HIDE_AFTER);
    });
    one.addEventListener("focus", () => {
      if (!quiet && one.matches(":focus-visible")) show(one);
    });
    one.addEventListener("click", (event) => {
      if (!touched || link === one) return; // a second tap follows the link
      event.preventDefault();
      show(one);
    });
  }
  for (const own of cards.values()) {
    own.addEventListener("pointerenter", () => clearTimeout(timer));
    own.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") later(hide, HIDE_AFTER);
    });
  }
  document.addEventListener("pointerdown", (event) => {
    touched = event.pointerType === "touch";
    if (card && !inside(event.target)) hide();
  }, true);
  document.addEventListener("focusin", (event) => {
    if (card && !inside(event.target)) hide();
  });
  document.addEventListener("keydown", (event) => {
    touched = false;
    if (event.key !== "Escape") return;
    const back = card && card.contains(document.activeElement) ? link : null;
    hide();
    quiet = true;
    if (back) back.focus();
    quiet = false;
  });
  window.addEventListener("resize", () => card && place());
  window.addEventListener("pagehide", hide);
})();
