// What is wider than its place scrolls; a stop of the Tab key lets it do so by keyboard too. Measured a few at a time,
// as measuring makes the browser lay out the place: the theme's own way lays out the whole page before it is first shown.
(() => {
  const PLACES = "pre, figure, div.math, div.cell_output, .cell_output > .output, .pst-scrollable-table-container";
  const waiting = new Set();

  function mark(place) {
    const wide = place.scrollWidth > place.clientWidth && /auto|scroll/.test(getComputedStyle(place).overflowX);
    const high = place.scrollHeight > place.clientHeight && /auto|scroll/.test(getComputedStyle(place).overflowY);
    if ((wide || high) && !place.querySelector("a[href]:not(.headerlink), button, input, [tabindex='0']")) place.tabIndex = 0;
    else place.removeAttribute("tabindex");
  }

  function some() {
    const until = performance.now() + 8; // milliseconds
    for (const place of waiting) {
      waiting.delete(place);
      mark(place);
      if (performance.now() > until) break;
    }
    if (waiting.size) setTimeout(some, 16);
  }

  function look(within) {
    if (!waiting.size) setTimeout(some, 16);
    within.querySelectorAll(PLACES).forEach((place) => waiting.add(place));
  }

  let pause;
  addEventListener("load", () => look(document));
  addEventListener("resize", () => {
    clearTimeout(pause);
    pause = setTimeout(() => look(document), 300);
  });
  document.addEventListener("toggle", (event) => look(event.target), true);
})();
