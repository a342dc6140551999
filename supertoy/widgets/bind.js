/* What joins a view to its traits. Controls take their ranges from the class's traits, which Python sends as `ranges`. */
import { button, choice, field, select, slider, toggle } from "./controls.js";
import { later, resting, ticker } from "./motion.js";

/** A model's traits. What the view itself `put`s there is kept from the callbacks that `watch` them; `ends` take these off.
 *
 * `moved` are the names of those that have changed, for who empties it.
 */
function traits(model) {
  const [ends, moved] = [[], new Set()];
  let mine = false;
  const put = (values) => {
    mine = true;
    for (const [name, value] of Object.entries(values)) {
      model.set(name, value);
      moved.add(name);
    }
    mine = false;
    model.save_changes();
  };
  const watch = (names, callback) => {
    for (const name of names) {
      const heard = () => {
        if (mine) return;
        moved.add(name);
        callback(name);
      };
      model.on(`change:${name}`, heard);
      ends.push(() => model.off(`change:${name}`, heard));
    }
  };
  return { get: (name) => model.get(name), put, watch, moved, ends };
}

/** A button and a flag among the traits that set a loop going: `frame(elapsed, time)`, in milliseconds, 100 at most.
 *
 * `begin` may refuse, by false. `halt` is a stop after which `ended` is called.
 */
function player({ get, put, watch }, loopOf, flag, [idle, busy], { frame, begin, ended }) {
  let last = null;
  const loop = loopOf((time) => {
    const elapsed = Math.min(100, time - (last ?? time));
    last = time;
    frame(elapsed, time);
  });
  const self = {
    running: () => loop.running,
    stop() {
      if (get(flag)) put({ [flag]: false });
      loop.stop();
      self.button.textContent = idle;
    },
    halt() {
      self.stop();
      ended();
    },
    go() {
      if (begin() === false) return self.stop();
      last = null;
      loop.start();
      self.button.textContent = busy;
    },
    follow: () => get(flag) !== loop.running && (get(flag) ? self.go : self.halt)(),
    button: button(idle, () => {
      put({ [flag]: !loop.running });
      self.follow();
    }),
  };
  watch([flag], self.follow);
  return self;
}

/** A view's traits: `follow(names)` is called when the reader moves a control, or when somebody else sets a trait.
 *
 * `slider`, `field`, `choice`, `toggle` and `select` make the control of a trait and return its node; `controls` holds them.
 * `onInput` replaces what a control does, which is `change`. What was made here ends with `end`.
 *
 * @param {import("@anywidget/types").AnyModel} model
 * @param {{node: HTMLElement, say: (text: string, urgent?: boolean) => void}} ui
 * @param {(names: string[]) => void} follow
 */
export function bind(model, ui, follow) {
  const { get, put, watch, moved, ends } = traits(model);
  const ranges = get("ranges");
  /** @type {Record<string, any>} */
  const controls = {};
  const refresh = () => {
    for (const name of moved) if (controls[name]) controls[name].value = get(name);
    moved.clear();
  };
  const followed = (names) => {
    follow(names);
    refresh();
  };
  const change = (values) => {
    put(values);
    followed(Object.keys(values));
  };
  const heed = (names, callback = (name) => followed([name])) => watch(names, callback);
  const made = (part) => {
    ends.push(part.cancel);
    return part;
  };
  const loop = (work) => made(ticker(ui.node, work));
  const add = (make) => (name, options) => {
    const { slider: shown = [], ...range } = ranges[name] ?? {};
    const [min, max] = [shown[0] ?? range.min, shown[1] ?? range.max];
    if (!controls[name]) heed([name]);
    controls[name] = make({ ...range, min, max, value: get(name), onInput: (v) => change({ [name]: v }), say: ui.say, ...options });
    return controls[name].node;
  };
  return {
    ...{ get, put, change, refresh, controls, ranges, add, watch: heed },
    start: () => followed([]),
    slider: add(slider),
    field: add(field),
    toggle: add(toggle),
    select: add(select),
    /** `texts` are those of the options that are not their own. */
    choice: (name, { texts = {}, ...more }) => add(choice)(name, { options: ranges[name].options.map((v) => [v, texts[v] ?? v]), ...more }),
    /** The value, or the end of the range that it is beyond. */
    keep: (name, value) => Math.min(ranges[name].max, Math.max(ranges[name].min, value)),
    frame: (work) => made(later(work)),
    rest: (work, wait) => made(resting(work, wait)),
    loop,
    player: (...given) => player({ get, put, watch }, loop, ...given),
    end: () => ends.forEach((end) => end()),
  };
}
