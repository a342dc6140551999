/* TrainingScrubber: a recorded run to move through: directions at one moment, loss and shares of a dimension over time. */
import { dimensionality } from "./numerics.js";
import { angles, drags, neighbours, space, tipsOf, toyOf, turnedBy } from "./space.js";
import { button, chart, COLORS, digits, handle, later, ORANGE, plane, root, row, s, set, short, slider, still, ticker, toggle, watcher, whereIn } from "./ui.js";

const SECONDS = 12; // that a run takes on screen
const REST = 1000; // milliseconds between the moments that are shown where motion is unwelcome
const STORED = 0.5; // a feature longer than this counts as stored
const OPPOSITE = 160; // degrees from which two directions count as opposite

/** D_i at each record of a run, W of shape (records, m, n). */
export const sharesOver = (W) => W.map((one) => [...dimensionality(toyOf(one))]);

/** The record whose place is nearest to a pixel. */
export function nearest(places, pixel) {
  let best = 0;
  places.forEach((place, k) => {
    if (Math.abs(place - pixel) < Math.abs(places[best] - pixel)) best = k;
  });
  return best;
}

/** What is wrong with a run, or null: as Python's rules, for while its traits arrive one by one. */
export function wrong({ steps, loss, W, groups = [] }) {
  if (!steps.length) return "There is no run to show yet: set steps, loss and W from Python.";
  if (loss.length !== steps.length || W.length !== steps.length) return `A run needs steps, loss and W for the same moments, got ${steps.length}, ${loss.length} and ${W.length}.`;
  const [m, n] = [W[0].length, W[0][0]?.length ?? 0];
  if ((m !== 2 && m !== 3) || n < 1) return `W must have shape (records, 2 or 3, n), got (${W.length}, ${m}, ${n}).`;
  if (groups.length && groups.length !== n) return `groups must name one for each of ${n} features, got ${groups.length}.`;
  return null;
}

/** What there is at one moment, in words. */
export function moment({ steps, loss, W, D }, k) {
  const tips = tipsOf(W[k]);
  const stored = tips.flatMap((tip, i) => (Math.hypot(...tip) > STORED ? [i + 1] : []));
  const facing = angles(tips, STORED).filter((found) => found[2] > OPPOSITE);
  const parts = [
    `Step ${steps[k].toLocaleString("en")}: loss ${short(loss[k])}`,
    stored.length ? `features longer than ½: ${stored.join(", ")}` : "no feature longer than ½",
  ];
  if (facing.length) parts.push(`opposite each other: ${facing.map(([i, j]) => `${i + 1}–${j + 1}`).sort().join(", ")}`);
  return `${parts.join("; ")}. Shares Dᵢ: ${D[k].map((v) => digits(v)).join(", ")}.`;
}

export function render({ model, el }) {
  const ui = root(el, "Training scrubber", "Move through the run: drag on a chart, move the slider, or press Play.");
  const get = (name) => model.get(name);
  let [mine, run, views, places] = [false, null, null, []];
  let at = 0;
  const put = (values) => {
    mine = true;
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    mine = false;
    model.save_changes();
  };
  const colors = () => (get("groups").length ? get("groups").map((g) => COLORS[g % COLORS.length]) : COLORS);

  /* Pictures over time: a line where we are; a press or a drag anywhere moves it. */
  const over = (options) => {
    const view = chart({ xLabel: "training step", xLog: get("log_time"), live: true, ...options });
    view.node.classList.add("st-scrub");
    const cursor = s("line", { y1: view.box.top, y2: view.box.bottom, class: "st-cursor" });
    const jump = (event) => seek(nearest(places, whereIn(view.svg, event)[0]));
    drags(view.svg, jump, (event) => {
      if (event.pointerType === "touch") return; // a finger may be about to scroll: it taps, or drags sideways
      event.preventDefault();
      jump(event);
    });
    set(view.svg, { click: jump });
    return { ...view, cursor };
  };
  const build = () => {
    const { steps, loss, D, n, m } = run;
    const stage =
      m === 2
        ? plane({ label: "Directions of the features", caption: "directions Wᵢ; dashed: length 1" })
        : space({ label: "Directions of the features", caption: "directions Wᵢ; drag to turn", onTurn: (more, up) => turn(turnedBy(get("yaw"), get("pitch"), more, up)) });
    stage.node.classList.add("st-stage");
    const losses = over({ label: "Loss over the run", yLabel: get("loss_label"), yLog: true, caption: "loss; the dot is where you are" });
    const shares = over({ label: "Shares of a dimension over the run", yLabel: "share Dᵢ", caption: "share of a dimension of each feature, in its arrow's colour" });
    const first = Math.max(1, steps.find((v) => v > 0) ?? 1);
    const when = (step) => (get("log_time") ? Math.max(step, first) : step);
    const x = get("log_time") ? [first, Math.max(first * 1.01, steps.at(-1))] : [steps[0], Math.max(steps[0] + 1, steps.at(-1))];
    const positive = loss.filter((v) => v > 0);
    const [low, high] = positive.length ? [Math.min(...positive), Math.max(...positive)] : [0.1, 1];
    losses.axes({ x, y: [low / 1.15, high * 1.15] });
    shares.axes({ x, y: [0, 1.05] });
    places = steps.map((step) => losses.x(when(step)));
    losses.plot.append(s("path", { class: "st-line", stroke: "currentColor", d: losses.path(steps.map((step, k) => [when(step), loss[k]])) }), losses.cursor);
    const ink = colors();
    const close = { "⅖": -4, "⅜": 5 }; // these two are close
    for (const [name, share] of Object.entries(get("lines")).filter((line) => line[1] > 0)) {
      const height = shares.y(share);
      shares.plot.append(s("line", { x1: shares.box.left, x2: shares.box.right, y1: height, y2: height, class: "st-guide" }));
      shares.plot.append(s("text", { x: shares.box.right + 9, y: height + (close[name] ?? 0), class: "st-tick" }, name));
    }
    const dots = Array.from({ length: n }, (_, i) => s("circle", { r: 3.5, fill: ink[i % ink.length] }));
    for (let i = 0; i < n; i += 1) shares.plot.append(s("path", { class: "st-line", stroke: ink[i % ink.length], d: shares.path(steps.map((step, k) => [when(step), D[k][i]])) }));
    shares.plot.append(shares.cursor, ...dots);
    const grip = handle(losses.svg, {
      label: "moment of the run",
      min: steps[0],
      max: steps.at(-1),
      color: ORANGE,
      onMove: (px) => seek(nearest(places, px)),
      onKey: (dx, dy) => seek(at + dx + dy),
    });
    const where = slider({ label: "moment", min: 0, max: steps.length - 1, step: 1, value: at, format: (k) => `step ${steps[Math.round(k)].toLocaleString("en")}`, onInput: (k) => seek(k) });
    const old = views;
    views = { stage, losses, shares, dots, grip, where };
    ui.views.replaceChildren(stage.node, losses.node, shares.node);
    if (old) old.where.node.replaceWith(where.node);
    else ui.controls.prepend(where.node);
    for (const side of sides) side.node.style.display = m === 3 ? "" : "none";
  };
  const load = () => {
    const given = { steps: get("steps"), loss: get("loss"), W: get("W"), groups: get("groups") };
    const fault = wrong(given);
    if (fault) {
      run = null;
      ui.views.replaceChildren();
      ui.say(fault, true);
      return;
    }
    const { W } = given;
    const lengths = W.flatMap((one) => tipsOf(one).map((tip) => Math.hypot(...tip)));
    run = { ...given, m: W[0].length, n: W[0][0].length, D: sharesOver(W), reach: Math.max(1.25, 1.2 * Math.max(...lengths)) };
    at = Math.min(get("position"), run.steps.length - 1);
    build();
    draw();
    tell();
  };
  const draw = later(() => {
    if (!run) return;
    const { steps, loss, W, D, m } = run;
    const { stage, losses, shares, dots, grip, where } = views;
    const tips = tipsOf(W[at]);
    if (m === 2) {
      if (stage.reach !== run.reach) stage.reach = run.reach;
      stage.arrows(tips.map(([x, y]) => [x, y]), { colors: colors() });
    } else stage.show(tips, neighbours(tips, 0.3), { yaw: get("yaw"), pitch: get("pitch"), colors: colors(), reach: run.reach });
    for (const view of [losses, shares]) set(view.cursor, { x1: places[at], x2: places[at] });
    grip.at(places[at], loss[at] > 0 ? losses.y(loss[at]) : losses.box.bottom);
    grip.tell(steps[at], `step ${steps[at].toLocaleString("en")}, loss ${short(loss[at])}`);
    dots.forEach((dot, i) => set(dot, { cx: places[at], cy: shares.y(D[at][i]) }));
    where.value = at;
  });
  const describe = () => {
    if (!run) return;
    const { steps, loss, W, D, n, m } = run;
    const tips = tipsOf(W[at]);
    const turns = m === 3 ? ` Seen from yaw ${digits(get("yaw"), 0)} and pitch ${digits(get("pitch"), 0)} degrees; arrow keys turn it.` : "";
    const lengths = tips.map((tip, i) => `feature ${i + 1} length ${digits(Math.hypot(...tip))}`).join(", ");
    set(views.stage.svg, { "aria-label": `Directions of ${n} features at step ${steps[at]}: ${lengths}.${turns}` });
    set(views.losses.svg, { "aria-label": `Loss over the run, from ${short(loss[0])} to ${short(loss.at(-1))}; at step ${steps[at]}, ${short(loss[at])}.` });
    set(views.shares.svg, { "aria-label": `Shares of a dimension over the run; at step ${steps[at]}: ${D[at].map((v, i) => `feature ${i + 1} ${digits(v)}`).join(", ")}.` });
    ui.say(moment(run, at));
  };
  let resting = 0;
  const tell = () => {
    clearTimeout(resting);
    resting = setTimeout(() => loop.running || describe(), 200);
  };
  const show = (k) => {
    at = Math.min(run.steps.length - 1, Math.max(0, Math.round(k)));
    put({ position: at });
    draw();
  };
  /* The reader's own move ends the playing: they have taken hold of it. */
  const seek = (k) => {
    if (!run) return;
    if (loop.running) halt();
    if (k !== at) show(k);
    tell();
  };

  let [last, due] = [null, 0];
  const loop = ticker(ui.node, (time) => {
    const count = run ? run.steps.length : 0;
    if (at >= count - 1) return halt();
    if (last === null) last = time;
    if (still()) {
      if (time - last < REST) return;
      due = Math.ceil(count / SECONDS);
    } else due += (Math.min(100, time - last) / 1000) * Math.max(2, count / SECONDS);
    last = time;
    if (due < 1) return;
    show(at + Math.floor(due));
    due -= Math.floor(due);
  });
  const label = () => {
    play.textContent = loop.running ? "Pause" : "Play";
  };
  const halt = () => {
    loop.stop();
    put({ playing: false });
    label();
    tell();
  };
  const go = () => {
    if (!run || run.steps.length < 2) {
      put({ playing: false });
      if (run) ui.say(`There is only one moment to show. ${moment(run, at)}`);
      return;
    }
    if (at >= run.steps.length - 1) show(0);
    [last, due] = [null, 0];
    loop.start();
    label();
    ui.say("Playing the run.");
  };
  const play = button("Play", () => {
    if (loop.running) return halt();
    put({ playing: true });
    go();
  });
  const log = toggle({
    label: "logarithmic time",
    value: get("log_time"),
    onInput(v) {
      put({ log_time: v });
      load();
    },
  });
  const turn = (to) => {
    put({ yaw: Math.round(to.yaw * 10) / 10, pitch: Math.round(to.pitch * 10) / 10 });
    sides[0].value = get("yaw");
    sides[1].value = get("pitch");
    draw();
    tell();
  };
  const degrees = (v) => `${digits(v, 0)}°`;
  const sides = [
    slider({ label: "yaw", min: -180, max: 180, step: 1, value: get("yaw"), format: degrees, onInput: (v) => turn({ yaw: v, pitch: get("pitch") }) }),
    slider({ label: "pitch", min: -90, max: 90, step: 1, value: get("pitch"), format: degrees, onInput: (v) => turn({ yaw: get("yaw"), pitch: v }) }),
  ];
  ui.controls.append(row(play, log.node), ...sides.map((side) => side.node));

  const watch = watcher(model);
  const reload = later(load);
  watch.watch(["steps", "loss", "W", "groups", "log_time", "loss_label"], () => {
    if (mine) return;
    log.value = get("log_time");
    reload();
  });
  watch.watch(["position"], () => {
    if (mine) return;
    if (!run) return;
    at = Math.min(get("position"), run.steps.length - 1);
    draw();
    tell();
  });
  watch.watch(["yaw", "pitch"], () => mine || turn({ yaw: get("yaw"), pitch: get("pitch") }));
  watch.watch(["playing"], () => mine || get("playing") === loop.running || (get("playing") ? go : halt)());
  load();
  if (get("playing")) go();
  return () => {
    watch.end();
    loop.end();
    draw.cancel();
    reload.cancel();
    clearTimeout(resting);
  };
}
