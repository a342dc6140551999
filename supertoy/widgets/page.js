/* The page's stand-in for a kernel: finds each widget that the book's build left in the page and brings it to life. */

/** A model as anywidget's: traits with `get`, `set`, `on` and `off`. Nothing is saved: a reload starts afresh. */
export function standIn(state) {
  const listeners = new Map();
  return {
    get: (name) => state[name],
    set(name, value) {
      if (Object.is(state[name], value)) return;
      state[name] = value;
      for (const callback of [...(listeners.get(`change:${name}`) ?? [])]) callback();
    },
    on(event, callback) {
      listeners.set(event, [...(listeners.get(event) ?? []), callback]);
    },
    off(event, callback) {
      listeners.set(event, (listeners.get(event) ?? []).filter((other) => other !== callback));
    },
    save_changes() {},
  };
}

/** Mounts every widget whose module is here; where that fails, the still picture stays and the reason is said. */
export function mountAll(modules) {
  const places = /** @type {NodeListOf<HTMLElement & {model: any}>} */ (document.querySelectorAll(".supertoy-widget:not(.st-live)"));
  for (const place of places) {
    const render = modules[place.dataset.widget]?.render;
    if (!render) continue;
    const el = document.createElement("div");
    el.className = "st-alive";
    place.append(el);
    try {
      const model = standIn(JSON.parse(place.querySelector('script[type="application/json"]').textContent));
      place.model = model;
      render({ model, el });
      place.classList.add("st-live");
    } catch (error) {
      el.textContent = `This widget could not start (${error.message}).`;
      console.error(error);
    }
  }
}
