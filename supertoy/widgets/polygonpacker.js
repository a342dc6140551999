/* PolygonPacker: directions in the plane to drag, and which of n one-hot features are read back exactly. */
import { bind } from "./bind.js";
import { button, root, row, slider } from "./controls.js";
import { COLORS, digits, h, plane, s, set } from "./drawing.js";
import { handle } from "./motion.js";
import { random } from "./numerics.js";
import { border, degrees, EXACT, judge, packing, polar, regular, spread, verdict } from "./packing.js";

const ROOM = 1.15; // from the longest arrow to the edge of the picture
const longest = (tips) => Math.max(...tips.map((tip) => Math.hypot(...tip)));
const errorText = (v) => (v < EXACT ? "0" : v < 0.005 ? "< 0.01" : digits(v, v < 10 ? 2 : 1));
const marginText = (v) => (Number.isFinite(v) ? digits(v, Math.abs(v - 1) < 0.005 && v < 1 - EXACT ? 4 : 2) : "—");

/** The handle of feature j, which may be dragged and turned by keys: `onMoved(j)` tells of it. */
function grip({ map, j, ranges, tips, fit, onMoved }) {
  return handle(map.svg, {
    label: `feature ${j + 1}: left and right turn it, up and down change its length`,
    ...ranges.angle,
    radius: 6,
    color: COLORS[j % COLORS.length],
    // The scale of the picture stays as it is under the pointer.
    onMove(px, py) {
      const [x, y] = [map.unx(px), map.uny(py)];
      tips.place(j, Math.min(Math.hypot(x, y), map.reach / ROOM), Math.round(2 * degrees(x, y)) / 2);
      onMoved(j);
    },
    onKey(turn, stretch) {
      const [x, y] = tips.now()[j];
      const angle = degrees(x, y);
      tips.place(j, Math.hypot(x, y) + stretch / 100, turn ? Math.round(angle) + turn : angle);
      fit();
      onMoved(j);
    },
  });
}

/** Directions with a handle each, and the borders of what they answer to. */
function stage({ ranges, tips, onMoved, onPick }) {
  const numbers = Array.from({ length: ranges.n_features.max }, (_, j) => j);
  const map = plane({ label: "Directions of the features", size: 320, live: true, caption: "" });
  map.node.classList.add("st-half", "st-stage");
  const caption = map.node.querySelector("figcaption");
  const lines = numbers.map((j) => s("path", { class: "st-line st-dashed", stroke: COLORS[j % COLORS.length] }));
  map.svg.append(...lines);
  map.arrows(numbers.map(() => [0, 0])); // before the handles, which must lie on top
  const names = [...map.svg.querySelectorAll(".st-name")];
  const fit = () => {
    const now = tips.now();
    map.reach = Math.max(2 * longest(regular(now.length)), ROOM * longest(now));
  };
  const grips = numbers.map((j) => grip({ map, j, ranges, tips, fit, onMoved }));
  grips.forEach(({ node }, j) => set(node, { focus: () => onPick(j) }));
  const follow = ({ at, tell }, tip, { length, margin, exact }) => {
    const angle = degrees(...tip);
    at(map.x(tip[0]), map.y(tip[1]));
    tell(angle, `${digits(angle, angle % 1 > 0.05 && angle % 1 < 0.95 ? 1 : 0)} degrees, length ${digits(length)}, margin ${marginText(margin)}, ${exact ? "exact" : "wrong"}`);
  };
  const borders = (now, features, b, picked) =>
    lines.forEach((line, j) => {
      const shown = j < now.length && (j === picked || features[j].heard.length > 0);
      const ends = shown && border(now[j], b[j], map.reach);
      set(line, { d: ends ? ends.map(([x, y], i) => `${i ? "L" : "M"}${map.x(x).toFixed(1)},${map.y(y).toFixed(1)}`).join("") : "" });
      line.style.strokeWidth = j === picked ? 2.4 : 1.1;
    });
  return {
    ...map,
    fit,
    show(now, { features }, b, picked) {
      map.arrows(now, { names: features.map((f, j) => `${j + 1} ${f.exact ? "✓" : "✗"}`), gap: 19 });
      features.forEach((f, j) => names[j].classList.toggle("st-wrong", !f.exact));
      borders(now, features, b, picked);
      grips.forEach((one, j) => {
        if (j >= now.length) return one.node.remove();
        if (!one.node.parentNode) map.svg.append(one.node);
        follow(one, now[j], features[j]);
      });
      const more = features.some((f, j) => j !== picked && f.heard.length) ? ", thin: those of features that fail" : "";
      caption.textContent = `dashed: the border W·h = −b of feature ${picked + 1}${more}. An output answers to every tip on its feature’s side`;
    },
  };
}

/** How each feature is read back, a row each. */
function table() {
  const body = h("tbody");
  const third = h("th", { scope: "col" }); // what is not the same in every row
  const heads = ["j", "‖Wⱼ‖", "margin", "heard at", "error"].map((text) => h("th", { scope: "col" }, text));
  heads.splice(2, 0, third);
  const cells = (f, j, own) => {
    const said = [digits(f.length), digits(own ? f.bias : f.own), marginText(f.margin), f.heard.map((k) => k + 1).join(", ") || "–", errorText(f.error)];
    return h("tr", { class: f.exact ? "" : "st-wrong" }, h("th", { scope: "row", "aria-label": `feature ${j + 1}, ${f.exact ? "exact" : "wrong"}` }, `${j + 1} ${f.exact ? "✓" : "✗"}`), ...said.map((text) => h("td", {}, text)));
  };
  const legend = "✓: exact at every input. Margin: the least Wⱼ·(Wⱼ − Wₖ). Heard at: the wrong inputs that output j answers to. Error: its squared errors over all inputs; L is their sum over n.";
  return {
    nodes: [h("table", { class: "st-packed" }, h("caption", {}, "How each feature is read back"), h("thead", {}, h("tr", {}, ...heads)), body), h("p", { class: "st-reading" }, legend)],
    show({ features }, own) {
      third.textContent = own ? "bⱼ" : "x̂ⱼ at eⱼ";
      body.replaceChildren(...features.map((f, j) => cells(f, j, own)));
    },
  };
}

/** The directions in the trait W, or the regular ones while it is empty. */
function directions({ get, put, keep }) {
  const now = () => {
    const [xs = [], ys = []] = get("W");
    return xs.length ? xs.map((x, j) => [x, ys[j]]) : regular(get("n_features"));
  };
  const arrange = (tips) => put({ W: [0, 1].map((k) => tips.map((tip) => tip[k])) });
  let draws = 0; // of random directions
  return {
    now,
    arrange,
    /** One of them, its length to hundredths. */
    place(j, length, angle) {
      const tips = now();
      tips[j] = polar(keep("length", Math.round(length * 100) / 100), angle);
      arrange(tips);
    },
    /** All of them, so that the longest is so long. */
    stretch(length) {
      const factor = length / Math.max(EXACT, longest(now()));
      arrange(now().map((tip) => tip.map((v) => keep("W", factor * v))));
    },
    scatter() {
      const n = now().length;
      const draw = random((draws += 1));
      const radius = longest(regular(n));
      arrange(Array.from({ length: n }, () => polar(Math.round(radius * (70 + 90 * draw())) / 100, Math.round(360 * draw()))));
    },
    /** W and n agree again, when somebody else has set one of the two. */
    agree(name) {
      if (now().length === get("n_features")) return;
      put(name === "W" ? { n_features: now().length } : { W: [] });
    },
  };
}

/** The controls; `scale` is that of the longest direction, which is no trait. */
function controls({ bound, tips }) {
  const { change, ranges } = bound;
  const then = (work) => (...given) => {
    work(...given);
    bound.start();
  };
  // What is shared starts where the features' own are, so that a regular polygon stays exact.
  const share = (bias) => {
    const own = packing(tips.now(), "own").b;
    change(bias === "shared" ? { bias, b: bound.keep("b", own.reduce((sum, v) => sum + v, 0) / own.length) } : { bias });
  };
  const scale = slider({ ...ranges.scale, label: "scale: the longest ‖Wⱼ‖", value: 1, onInput: then(tips.stretch) });
  const buttons = row(
    button("Regular polygon", () => change({ W: [] })),
    button("Spread evenly", then(() => tips.arrange(spread(tips.now())))),
    button("Random", then(tips.scatter)),
  );
  const nodes = [
    set(buttons, { class: "st-row st-across" }),
    bound.slider("n_features", { label: "features n", format: (v) => digits(v, 0), onInput: (v) => change({ n_features: v, W: [] }) }),
    scale.node,
    bound.slider("b", { label: "shared bias b" }),
    set(bound.choice("bias", { label: "bias bⱼ", texts: { own: "1 − ‖Wⱼ‖², its own", shared: "one for all", zero: "0" }, onInput: share }), { class: "st-choice st-across" }),
  ];
  return { scale, nodes };
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Polygon packer", "Drag the tips: each feature needs room for itself. Which inputs come back exactly?");
  const bound = bind(model, ui, ([name]) => {
    if (name === "n_features" || name === "W") tips.agree(name);
    set(bound.controls.b.input, { disabled: get("bias") !== "shared" });
    map.fit();
    show();
  });
  const { get, ranges } = bound;
  const tips = directions(bound);
  let picked = 0; // whose border is shown
  const onPick = (j) => {
    picked = j;
    draw();
  };
  const onMoved = (j) => {
    picked = j;
    show();
  };
  const [map, readings] = [stage({ ranges, tips, onMoved, onPick }), table()];
  ui.views.append(map.node, h("div", { class: "st-view st-half st-answers" }, ...readings.nodes));
  const draw = bound.frame(() => {
    const now = tips.now();
    const toy = packing(now, get("bias"), get("b"));
    const found = judge(toy);
    picked = Math.min(picked, now.length - 1);
    map.show(now, found, toy.b, picked);
    readings.show(found, get("bias") === "own");
    const news = verdict(found);
    set(map.svg, { "aria-label": `Directions of ${now.length} feature${now.length > 1 ? "s" : ""} in the plane. ${news}` });
    tell(news);
  });
  const tell = bound.rest(ui.say);
  const show = () => {
    scale.value = longest(tips.now());
    draw();
  };
  const { scale, nodes } = controls({ bound, tips });
  ui.controls.append(...nodes);
  bound.watch(["W"]);
  bound.start();
  return bound.end;
}
