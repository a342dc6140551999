// What is wider than its place scrolls; a stop of the Tab key lets it do so by keyboard too. Measured a few at a time
// when the browser has nothing better to do: the theme's own way lays out the whole page before it is first shown.
(() => {
  const PLACES = "pre, figure, div.math, div.cell_output, .cell_output > .output";
  const idle = window.requestIdleCallback || ((work) => setTimeout(() => work({ timeRemaining: () => 0 }), 20));
  let waiting = new Set();

  function mark(place) {
    const wide = place.scrollWidth > place.clientWidth && /auto|scroll/.test(getComputedStyle(place).overflowX);
    const high = place.scrollHeight > place.clientHeight && /auto|scroll/.test(getComputedStyle(place).overflowY);
    if ((wide || high) && !place.querySelector("a[href], button, input, [tabindex='0']")) place.tabIndex = 0;
    else place.removeAttribute("tabindex");
  }

  function some(deadline) {
    for (const place of waiting) {
      waiting.delete(place);
      mark(place);
      if (deadline.timeRemaining() < 5) break;
    }
    if (waiting.size) idle(some);
  }

  function look(within) {
    if (!waiting.size) idle(some);
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
