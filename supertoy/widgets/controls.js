/* The frame of a widget and its controls. Plain DOM, no ids, colours from the page's own ink. */
import { digits, h, set } from "./drawing.js";

/** The widget's root: a labelled group with places for pictures, controls and one line of news. */
export function root(el, name, help) {
  const views = h("div", { class: "st-views" });
  const controls = h("div", { class: "st-controls" });
  const status = h("p", { class: "st-status", role: "status" });
  const node = h("div", { class: "st-root", role: "group", "aria-label": name, "data-widget": name.toLowerCase().replace(/\W/g, "") });
  // JupyterLab takes arrow keys for its cells unless the element in focus itself asks for them.
  node.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  node.append(h("p", { class: "st-help" }, help), views, controls, status);
  el.classList.add("supertoy");
  el.append(node);
  return {
    node,
    views,
    controls,
    /** Says something to everybody; `urgent` marks what went wrong. */
    say(text, urgent = false) {
      if (status.textContent !== text) status.textContent = text;
      status.classList.toggle("st-urgent", urgent);
    },
  };
}

const NOTCHES = 200; // of a logarithmic slider: whole numbers, or the last one would miss the end by a rounding error

/** A labelled range input. With `log`, it moves on a logarithmic scale. `control.value = v` moves it without `onInput`. */
export function slider({ label, min, max, step = 0, value, format = digits, log = false, onInput }) {
  const to = log ? (v) => (NOTCHES * Math.log(v / min)) / Math.log(max / min) : (v) => v;
  const from = log ? (v) => Number((min * (max / min) ** (v / NOTCHES)).toPrecision(3)) : (v) => v;
  const origin = log ? 0 : min;
  const even = (v) => (step ? Math.round((v - origin) / step) * step + origin : v);
  const snap = (v) => Math.min(max, Math.max(min, Number(even(v).toFixed(9))));
  const output = h("span", { class: "st-value", "aria-hidden": "true" }); // not <output>: the label would name that
  const input = h("input", {
    type: "range",
    min: to(min),
    max: to(max),
    step: log ? 1 : step,
    input() {
      current = snap(from(Number(input.value)));
      show();
      onInput(current);
    },
  });
  let current = value;
  function show() {
    output.textContent = format(current);
    input.setAttribute("aria-valuetext", format(current));
  }
  input.value = to(value);
  show();
  const node = h("label", { class: "st-slider" }, h("span", {}, label), output, input);
  return {
    node,
    input,
    get value() {
      return current;
    },
    set value(v) {
      current = v;
      input.value = to(v);
      show();
    },
  };
}

/** A slider for each of `values()`, of which there are at most `most`. `onInput` hears all values; `follow` moves the sliders. */
export function levels({ legend, most, min, max, step, label, values, onInput }) {
  const node = h("fieldset", { class: "st-levels st-across" }, h("legend", {}, legend));
  const all = Array.from({ length: most }, (_, i) =>
    slider({ min, max, step, label: label(i), value: 0, onInput: (v) => onInput(values().map((c, j) => (j === i ? v : c))) }),
  );
  const follow = () => {
    const now = values();
    all.forEach((level, i) => {
      if (i >= now.length) return level.node.remove();
      if (!level.node.parentNode) node.append(level.node);
      level.value = now[i];
    });
  };
  return { node, follow };
}

/** A labelled field for a whole number; what is not one is refused with a message. */
export function field({ label, min, max, step, value, onInput, say }) {
  const rule = `${label} must be a whole number from ${min} to ${max.toLocaleString("en")}`;
  const input = h("input", {
    type: "number",
    min,
    max,
    step,
    inputmode: "numeric",
    change() {
      const typed = input.value === "" ? NaN : Number(input.value);
      const good = Number.isInteger(typed) && typed >= min && typed <= max;
      set(input, { "aria-invalid": good ? "false" : "true" });
      if (good) onInput(typed);
      else say(`${rule}, got ${input.value === "" ? "no number" : input.value}.`, true);
    },
  });
  input.value = value;
  const node = h("label", { class: "st-field" }, h("span", {}, label), input);
  return {
    node,
    input,
    set value(v) {
      input.value = v;
      set(input, { "aria-invalid": "false" });
    },
  };
}

/** One of a few options, as a row of radio buttons. Options are [value, text] pairs. */
export function choice({ label, options, value, onInput }) {
  const group = `st-${Math.random().toString(36).slice(2)}`;
  const inputs = options.map(([name]) =>
    h("input", { type: "radio", name: group, value: name, change: () => onInput(name) }),
  );
  const labels = options.map(([, text], i) => h("label", {}, inputs[i], h("span", {}, text)));
  const node = h("fieldset", { class: "st-choice" }, h("legend", {}, label), ...labels);
  const control = {
    node,
    set value(v) {
      inputs.forEach((input) => {
        input.checked = input.value === String(v);
      });
    },
  };
  control.value = value;
  return control;
}

/** A labelled check box. */
export function toggle({ label, value, onInput }) {
  const input = h("input", { type: "checkbox", change: () => onInput(input.checked) });
  input.checked = value;
  return {
    node: h("label", { class: "st-toggle" }, input, h("span", {}, label)),
    set value(v) {
      input.checked = v;
    },
  };
}

/** Controls side by side. */
export function row(...parts) {
  return h("div", { class: "st-row" }, ...parts);
}

/** A push button. */
export function button(text, click) {
  return h("button", { type: "button", class: "st-button", click }, text);
}

/** A drop-down list. Options are [value, text] pairs. */
export function select({ label, options, value, onInput }) {
  const input = h("select", { change: () => onInput(input.value) }, ...options.map(([v, text]) => h("option", { value: v }, text)));
  input.value = value;
  return {
    node: h("label", { class: "st-field" }, h("span", {}, label), input),
    input,
    set value(v) {
      input.value = v;
    },
  };
}
