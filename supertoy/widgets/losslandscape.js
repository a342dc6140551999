/* LossLandscape: two features in one dimension without a bias. A ring of minima, what breaks it, and what rolls where. */
import { bind } from "./bind.js";
import { button, root, row } from "./controls.js";
import { BLUE, chart, digits, h, ORANGE, s, set } from "./drawing.js";
import { landscape } from "./landscape.js";
import { still } from "./motion.js";
import { pair } from "./onehot.js";
import { census, descend, lossText, minima, randomStarts, valley, verdict } from "./valley.js";

const STARTS = 40;
const SECONDS = 2.5; // that a roll takes on screen
const reached = (run, shown) => run.path[Math.min(shown, run.steps)];

/** Sixty points, close together where the steps are long, draw a path of thousands. */
function thin(path) {
  const kept = path.filter((_, i) => i < 30 || i % Math.ceil(path.length / 60) === 0);
  return kept.at(-1) === path.at(-1) ? kept : [...kept, path.at(-1)];
}

/** The loss over f₁ and f₂ with its valley, the way downhill from the point, and the tracks of what rolls. */
function map({ reach, onMove }) {
  const view = landscape({
    reach,
    onMove,
    caption: "loss L: dark is 0, light 1.2 and more. Dashed: the valley, least in each direction; crosses: minima; orange: downhill",
  });
  const floor = s("path", { class: "st-line st-free" });
  const tracks = s("g", {});
  const downhill = s("path", { class: "st-line st-downhill" });
  view.layer.append(floor, tracks, downhill);
  const track = (alone) => s("g", {}, s("path", { class: "st-line st-track" }), s("circle", { r: alone ? 3.5 : 2.2, class: "st-begin" }), s("circle", { r: alone ? 0 : 4.5, class: "st-stop" }));
  return {
    ...view,
    paint(now, bottom) {
      const one = pair(now);
      view.show((f1, f2) => one.loss(f1, f2));
      view.marks(minima(now).points);
      set(floor, { d: view.curve(bottom.map(({ angle, radius }) => [radius * Math.cos(angle), radius * Math.sin(angle)])) });
    },
    /** Tracks for so many runs, and none of those before. */
    lay: (count, alone) => tracks.replaceChildren(...Array.from({ length: count }, () => track(alone))),
    follow({ runs, shown }) {
      for (const [i, { children }] of [...tracks.children].entries()) {
        const [path, begin, end] = children;
        const [first, at] = [runs[i].path[0], reached(runs[i], shown)];
        set(path, { d: view.curve(thin(runs[i].path.slice(0, shown + 1))) });
        set(begin, { cx: view.x(first[0]), cy: view.y(first[1]) });
        set(end, { cx: view.x(at[0]), cy: view.y(at[1]) });
      }
    },
    stand([f1, f2], loss, slope) {
      const [d1, d2] = slope;
      view.point(f1, f2, `f₁ ${digits(f1)}, f₂ ${digits(f2)}, loss ${lossText(loss)}`);
      const size = Math.hypot(d1, d2);
      const step = (0.2 + 0.3 * Math.tanh(size)) / size; // so long that it is seen, and never across the picture
      set(downhill, { d: size > 1e-3 ? view.curve([[f1, f2], [f1 - step * d1, f2 - step * d2]]) : "" });
    },
  };
}

/** The valley's floor over the angle, and where the point is. */
function heights() {
  const view = chart({ label: "Loss along the valley", xLabel: "angle θ of (f₁, f₂), degrees", yLabel: "loss L", caption: "the valley's floor; the dot is the point's own angle and loss" });
  view.node.classList.add("st-half");
  const line = s("path", { class: "st-line", stroke: BLUE });
  const dot = s("circle", { r: 5, fill: ORANGE, class: "st-dot" });
  view.plot.append(line, dot);
  const reading = h("p", { class: "st-reading" });
  view.node.append(reading);
  return {
    node: view.node,
    paint({ importance }, bottom, where) {
      view.axes({ x: [-180, 180], y: [0, Math.max(1, 0.5 * (1 + importance[1]))] });
      set(line, { d: view.path(bottom.map(({ degrees, loss }) => [degrees, loss])) });
      set(view.svg, { "aria-label": `Loss along the valley over the angle of (f₁, f₂): ${where}.` });
    },
    stand([f1, f2], loss, slope) {
      const [d1, d2] = slope;
      const top = view.range.y[1];
      set(dot, { cx: view.x((Math.atan2(f2, f1) * 180) / Math.PI), cy: view.y(Math.min(top, loss)) });
      reading.textContent = `At (${digits(f1)}, ${digits(f2)}): L = ${lossText(loss)}, slope ∂L/∂f = (${digits(d1, 3)}, ${digits(d2, 3)})`;
    },
  };
}

/** Where the least loss is, in words. */
function lowest(now) {
  const { points, loss } = minima(now);
  const at = points.map((p) => `(${p.map((v) => digits(v, 0)).join(", ")})`).join(" and ");
  return at ? `least, ${lossText(loss)}, at ${at}` : `the same, ${lossText(loss)}, all around the ring`;
}

/** Both pictures: `draw` paints them anew where the loss has changed. */
function pictures(options) {
  const [over, along] = [map(options), heights()];
  const angles = Array.from({ length: 181 }, (_, i) => -180 + 2 * i);
  let [painted, where] = ["", ""];
  const paint = (now) => {
    const key = JSON.stringify(now);
    if (key === painted) return;
    painted = key;
    where = lowest(now);
    const bottom = angles.map((degrees) => ({ angle: (degrees * Math.PI) / 180, degrees, ...valley((degrees * Math.PI) / 180, now) }));
    over.paint(now, bottom);
    along.paint(now, bottom, where);
  };
  return {
    nodes: [over.node, along.node],
    lay: over.lay,
    draw(now, place, rolling) {
      paint(now);
      const one = pair(now);
      const loss = one.loss(...place);
      over.stand(place, loss, one.slope);
      along.stand(place, loss, one.slope);
      over.follow(rolling);
    },
    describe: (text) => set(over.svg, { "aria-label": `Loss over f₁ and f₂, along the valley ${where}. ${text}` }),
  };
}

/** What rolls or has rolled: `launch` sets starts going, `halt` stops them, `clear` takes them away. */
function roller({ bound, view, options, draw, rest, say }) {
  const { get, put } = bound;
  let begun = null;
  const at = ([f1, f2]) => ({ f1: bound.keep("f1", f1), f2: bound.keep("f2", f2) });
  const label = () => self.button.replaceChildren(loop.running && self.single ? "Stop" : "Roll downhill");
  const loop = bound.loop((time) => {
    begun ??= time;
    const share = Math.min(1, (time - begun) / 1000 / SECONDS);
    const longest = Math.max(...self.runs.map((run) => run.steps));
    self.shown = Math.floor(Math.expm1(share * Math.log1p(longest))); // later steps are smaller: more of them to the second
    if (share === 1) finish();
    else draw();
  });
  const finish = () => {
    loop.stop();
    self.shown = Infinity;
    if (self.single) put({ ...at(self.runs[0].end), playing: false });
    bound.refresh();
    say(self.single ? verdict(self.runs[0], options()) : census(self.runs, options()));
    label();
    draw();
  };
  const self = {
    ...{ runs: [], shown: 0, single: false },
    running: () => loop.running,
    launch(starts, alone) {
      loop.stop();
      Object.assign(self, { single: alone, runs: starts.map((start) => descend(start, options())), shown: 0 });
      begun = null;
      view.lay(starts.length, alone);
      if (still() || self.runs.every((run) => run.steps === 0)) return finish();
      loop.start();
      label();
      draw();
    },
    /** The point stays where it was seen last, unless somebody else has moved it. */
    halt(stay = true) {
      const last = self.single && loop.running && stay ? at(reached(self.runs[0], self.shown)) : {};
      loop.stop();
      put({ playing: false, ...last });
      label();
    },
    clear(stay = true) {
      if (loop.running) self.halt(stay);
      self.runs = [];
      view.lay(0);
    },
    go() {
      put({ playing: true });
      self.launch([[get("f1"), get("f2")]], true);
    },
    stop() {
      self.halt();
      bound.refresh();
      rest();
    },
    button: button("Roll downhill", () => (self.single && loop.running ? self.stop : self.go)()),
  };
  return self;
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Loss landscape", "Where would you end if you rolled downhill? Drag the point and try; then break the ring.");
  const bound = bind(model, ui, () => {
    rolling.clear(false);
    rest();
  });
  const { get, ranges } = bound;
  /** @type {() => {relu: boolean, importance: [number, number]}} */
  const options = () => ({ relu: get("activation") === "relu", importance: [1, get("importance")] });
  const change = (values) => {
    rolling.clear();
    bound.change(values);
  };
  const reach = ranges.f1.max;
  const view = pictures({ reach, onMove: change });
  ui.views.append(...view.nodes);
  const draw = bound.frame(() => {
    const { single, running, runs, shown } = rolling;
    view.draw(options(), single && running() ? reached(runs[0], shown) : [get("f1"), get("f2")], rolling);
  });
  const say = (text) => {
    tell.cancel();
    view.describe(text);
    ui.say(text);
  };
  const tell = bound.rest(() => {
    if (rolling.running()) return;
    const loss = pair(options()).loss(get("f1"), get("f2"));
    say(`At (${digits(get("f1"))}, ${digits(get("f2"))}) the loss is ${lossText(loss)}; the least there is, ${lossText(minima(options()).loss)}.`);
  });
  const rest = () => {
    draw();
    tell();
  };
  const rolling = roller({ bound, view, options, draw, rest, say });
  let seed = 0;
  const many = button(`From ${STARTS} random starts`, () => {
    rolling.clear();
    bound.refresh();
    seed += 1;
    rolling.launch(randomStarts(STARTS, seed, reach), false);
  });
  const moved = (name) => ({ onInput: (v) => change({ [name]: v }) });
  ui.controls.append(
    set(row(rolling.button, many), { class: "st-row st-across" }),
    bound.slider("importance", { label: "importance I₂ (I₁ = 1)", ...moved("importance") }),
    bound.slider("f1", { label: "weight f₁", ...moved("f1") }),
    bound.slider("f2", { label: "weight f₂", ...moved("f2") }),
    bound.choice("activation", { label: "activation σ", texts: { relu: "ReLU" }, ...moved("activation") }),
  );
  bound.watch(["playing"], () => {
    if (get("playing")) rolling.go();
    else if (rolling.running()) rolling.stop();
  });
  bound.start();
  if (get("playing")) rolling.go();
  return bound.end;
}
