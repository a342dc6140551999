/* TrainingScrubber: a recorded run to move through: directions at one moment, loss and shares of a dimension over time. */
import { bind } from "./bind.js";
import { root, row } from "./controls.js";
import { chart, COLORS, digits, ORANGE, plane, s, set, short } from "./drawing.js";
import { handle, still, whereIn } from "./motion.js";
import { moment, nearest, sharesOver, wrong } from "./recording.js";
import { drags, neighbours, space, tipsOf, turnedBy } from "./space.js";

const SECONDS = 12; // that a run takes on screen
const REST = 1000; // milliseconds between the moments that are shown where motion is unwelcome

/** A picture over time: a line where we are; a press or a drag anywhere asks for the pixel's moment by `onSeek(pixel)`. */
function over({ label, yLabel, caption, onSeek, log, yLog = false }) {
  const view = chart({ label, caption, xLabel: "training step", yLabel, xLog: log, yLog, live: true });
  view.node.classList.add("st-scrub");
  const cursor = s("line", { y1: view.box.top, y2: view.box.bottom, class: "st-cursor" });
  const jump = (event) => onSeek(whereIn(view.svg, event)[0]);
  drags(view.svg, jump, (event) => {
    if (event.pointerType === "touch") return; // a finger may be about to scroll: it taps, or drags sideways
    event.preventDefault();
    jump(event);
  });
  set(view.svg, { click: jump });
  return { ...view, cursor };
}

/** Where the records are along the axis of time: on a logarithmic one, 0 stands at the first step. */
function time({ steps }, log) {
  const first = Math.max(1, steps.find((v) => v > 0) ?? 1);
  const at = steps.map((step) => (log ? Math.max(step, first) : step));
  return { at, range: log ? [first, Math.max(first * 1.01, steps.at(-1))] : [steps[0], Math.max(steps[0] + 1, steps.at(-1))] };
}

/** The loss over the run, with a handle on it; `places` are the pixels of its records. */
function losses({ run, when, yLabel, log, onSeek, onStep }) {
  const { steps, loss } = run;
  const view = over({ label: "Loss over the run", yLabel, yLog: true, caption: "loss; the dot is where you are", log, onSeek });
  const positive = loss.filter((v) => v > 0);
  const [low, high] = positive.length ? [Math.min(...positive), Math.max(...positive)] : [0.1, 1];
  view.axes({ x: when.range, y: [low / 1.15, high * 1.15] });
  const places = when.at.map(view.x);
  view.plot.append(s("path", { class: "st-line", stroke: "currentColor", d: view.path(when.at.map((step, k) => [step, loss[k]])) }), view.cursor);
  const grip = handle(view.svg, { label: "moment of the run", min: steps[0], max: steps.at(-1), color: ORANGE, onMove: onSeek, onKey: (dx, dy) => onStep(dx + dy) });
  return {
    node: view.node,
    places,
    show(k) {
      set(view.cursor, { x1: places[k], x2: places[k] });
      grip.at(places[k], loss[k] > 0 ? view.y(loss[k]) : view.box.bottom);
      grip.tell(steps[k], `step ${steps[k].toLocaleString("en")}, loss ${short(loss[k])}`);
    },
    describe: (k) => set(view.svg, { "aria-label": `Loss over the run, from ${short(loss[0])} to ${short(loss.at(-1))}; at step ${steps[k]}, ${short(loss[k])}.` }),
  };
}

/** The share D_i of each feature over the run, and the shares that have a name. */
function shares({ run, when, ink, named, log, onSeek }) {
  const { steps, D, n } = run;
  const view = over({ label: "Shares of a dimension over the run", yLabel: "share Dᵢ", caption: "share of a dimension of each feature, in its arrow's colour", log, onSeek });
  view.axes({ x: when.range, y: [0, 1.05] });
  const close = { "⅖": -4, "⅜": 5 }; // these two are close
  for (const [name, share] of Object.entries(named).filter((line) => line[1] > 0)) {
    const height = view.y(share);
    view.plot.append(s("line", { x1: view.box.left, x2: view.box.right, y1: height, y2: height, class: "st-guide" }));
    view.plot.append(s("text", { x: view.box.right + 9, y: height + (close[name] ?? 0), class: "st-tick" }, name));
  }
  const color = (i) => ink[i % ink.length];
  const dots = Array.from({ length: n }, (_, i) => s("circle", { r: 3.5, fill: color(i) }));
  dots.forEach((_, i) => view.plot.append(s("path", { class: "st-line", stroke: color(i), d: view.path(when.at.map((step, k) => [step, D[k][i]])) })));
  view.plot.append(view.cursor, ...dots);
  return {
    node: view.node,
    show(k) {
      const x = view.x(when.at[k]);
      set(view.cursor, { x1: x, x2: x });
      dots.forEach((dot, i) => set(dot, { cx: x, cy: view.y(D[k][i]) }));
    },
    describe: (k) => set(view.svg, { "aria-label": `Shares of a dimension over the run; at step ${steps[k]}: ${D[k].map((v, i) => `feature ${i + 1} ${digits(v)}`).join(", ")}.` }),
  };
}

/** The directions at one moment, in the plane or in space. */
function stage({ run, ink, get, onTurn }) {
  const { steps, W, m, n, reach } = run;
  const label = "Directions of the features";
  const flat = () => {
    const view = plane({ label, caption: "directions Wᵢ; dashed: length 1" });
    view.reach = reach;
    return { ...view, show: (tips) => view.arrows(tips, { colors: ink }) };
  };
  const deep = () => {
    const view = space({ label, caption: "directions Wᵢ; drag to turn", onTurn });
    const show = (tips) => view.show(tips, neighbours(tips, 0.3), { yaw: get("yaw"), pitch: get("pitch"), colors: ink, reach });
    return { ...view, show };
  };
  const { node, svg, show } = m === 2 ? flat() : deep();
  node.classList.add("st-stage");
  return {
    node,
    show: (k) => show(tipsOf(W[k])),
    describe(k) {
      const turns = m === 2 ? "" : ` Seen from yaw ${digits(get("yaw"), 0)} and pitch ${digits(get("pitch"), 0)} degrees; arrow keys turn it.`;
      const lengths = tipsOf(W[k]).map((tip, i) => `feature ${i + 1} length ${digits(Math.hypot(...tip))}`).join(", ");
      set(svg, { "aria-label": `Directions of ${n} features at step ${steps[k]}: ${lengths}.${turns}` });
    },
  };
}

/** Playing: so many records a second, or one now and then where motion is unwelcome. */
function player({ ui, bound, reel, ended }) {
  let [due, rested] = [0, 0];
  const play = bound.player("playing", ["Play", "Pause"], {
    begin() {
      const { run, at } = reel;
      if (run?.steps.length === 1) ui.say(`There is only one moment to show. ${moment(run, at)}`);
      if (!run || run.steps.length < 2) return false;
      if (at >= run.steps.length - 1) reel.show(0);
      [due, rested] = [0, 0];
      ui.say("Playing the run.");
      return true;
    },
    frame(elapsed) {
      const count = reel.run ? reel.run.steps.length : 0;
      if (reel.at >= count - 1) return play.halt();
      rested += elapsed;
      if (!still()) due += (elapsed / 1000) * Math.max(2, count / SECONDS);
      else if (rested >= REST) [due, rested] = [Math.ceil(count / SECONDS), 0];
      if (due < 1) return;
      reel.show(reel.at + Math.floor(due));
      due -= Math.floor(due);
    },
    ended,
  });
  return play;
}

/** A run and its pictures: `load` makes them anew, `show` moves to a record. */
function projector({ ui, bound, onSeek, onTurn, onLoad }) {
  const { get, put } = bound;
  const self = { run: null, at: 0, views: [] };
  const build = () => {
    const { run } = self;
    const when = time(run, get("log_time"));
    const ink = get("groups").length ? get("groups").map((g) => COLORS[g % COLORS.length]) : COLORS;
    const shared = { run, when, ink, log: get("log_time"), onSeek: (pixel) => onSeek(nearest(curve.places, pixel)) };
    const curve = losses({ ...shared, yLabel: get("loss_label"), onStep: (by) => onSeek(self.at + by) });
    self.views = [stage({ run, ink, get, onTurn }), curve, shares({ ...shared, named: get("lines") })];
    ui.views.replaceChildren(...self.views.map((view) => view.node));
    const [last, old] = [run.steps.length - 1, bound.controls.position];
    const format = (k) => `step ${run.steps[Math.min(last, Math.round(k))].toLocaleString("en")}`;
    const node = bound.slider("position", { label: "moment", max: last, format, onInput: onSeek });
    if (old) old.node.replaceWith(node);
    else ui.controls.prepend(node);
    for (const name of ["yaw", "pitch"]) bound.controls[name].node.style.display = run.m === 3 ? "" : "none";
  };
  self.draw = bound.frame(() => self.run && self.views.forEach((view) => view.show(self.at)));
  self.load = () => {
    const given = { steps: get("steps"), loss: get("loss"), W: get("W"), groups: get("groups") };
    const fault = wrong(given);
    self.run = null;
    if (fault) {
      ui.views.replaceChildren();
      return ui.say(fault, true);
    }
    const { W } = given;
    const lengths = W.flatMap((one) => tipsOf(one).map((tip) => Math.hypot(...tip)));
    self.run = { ...given, m: W[0].length, n: W[0][0].length, D: sharesOver(W), reach: Math.max(1.25, 1.2 * Math.max(...lengths)) };
    self.at = Math.min(get("position"), given.steps.length - 1);
    build();
    self.draw();
    onLoad();
  };
  self.show = (k) => {
    self.at = Math.min(self.run.steps.length - 1, Math.max(0, Math.round(k)));
    put({ position: self.at });
    bound.refresh();
    self.draw();
  };
  self.describe = () => {
    if (!self.run) return;
    self.views.forEach((view) => view.describe(self.at));
    ui.say(moment(self.run, self.at));
  };
  return self;
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Training scrubber", "Move through the run: drag on a chart, move the slider, or press Play.");
  const bound = bind(model, ui, ([name]) => {
    if (name === "yaw" || name === "pitch") turn({ yaw: get("yaw"), pitch: get("pitch") });
    else if (name !== "position") reload();
    else if (reel.run) {
      reel.at = Math.min(get("position"), reel.run.steps.length - 1);
      reel.draw();
      tell();
    }
  });
  const { get } = bound;
  const tell = bound.rest(() => play.running() || reel.describe(), 200);
  /* The reader's own move ends the playing: they have taken hold of it. */
  const seek = (k) => {
    if (!reel.run) return;
    if (play.running()) play.halt();
    if (k !== reel.at) reel.show(k);
    tell();
  };
  const tenth = (v) => Math.round(v * 10) / 10;
  const turn = ({ yaw, pitch }) => {
    bound.put({ yaw: tenth(yaw), pitch: tenth(pitch) });
    bound.refresh();
    reel.draw();
    tell();
  };
  const onTurn = (more, up) => turn(turnedBy(get("yaw"), get("pitch"), more, up));
  const reel = projector({ ui, bound, onSeek: seek, onTurn, onLoad: tell });
  const play = player({ ui, bound, reel, ended: tell });
  const degrees = (v) => `${digits(v, 0)}°`;
  ui.controls.append(
    row(play.button, bound.toggle("log_time", { label: "logarithmic time" })),
    bound.slider("yaw", { label: "yaw", format: degrees, onInput: (yaw) => turn({ yaw, pitch: get("pitch") }) }),
    bound.slider("pitch", { label: "pitch", format: degrees, onInput: (pitch) => turn({ yaw: get("yaw"), pitch }) }),
  );
  const reload = bound.frame(reel.load);
  bound.watch(["steps", "loss", "W", "groups", "loss_label"]);
  reel.load();
  play.follow();
  return bound.end;
}
