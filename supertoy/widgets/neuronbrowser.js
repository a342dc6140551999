/* NeuronBrowser: the words that excite each neuron most; search by word or by number. */
import { BLUE, button, digits, GREEN, GREY, h, ORANGE, PURPLE, root, row, select, set, watcher } from "./ui.js";

const COLORS_OF_GROUPS = [ORANGE, BLUE, GREEN, PURPLE];
const MOST = 60; // results in the list
const letter = (group) => String.fromCharCode(65 + group);

/** The records, from the columns that a page holds (`_packed` in Python) or as Jupyter sends them. */
export function unpack(neurons) {
  if (Array.isArray(neurons)) return neurons;
  const words = neurons.words.split("\n");
  let at = 0;
  return neurons.ids.map((id, i) => {
    const end = at + neurons.sizes[i];
    let total = 0;
    const record = {
      id,
      words: words.slice(at, end),
      values: neurons.steps.slice(at, end).map((step) => (total -= step) / 100),
      groups: [...neurons.groups.slice(at, end)].map((name) => (name === "." ? -1 : name.charCodeAt(0) - 65)),
    };
    at = end;
    return neurons.counts[i] < 0 ? record : { ...record, count: neurons.counts[i] };
  });
}

/** The neurons that a query is about: that number, or all with a word that begins so; the strongest come first. */
export function search(neurons, query) {
  const text = query.trim().toLowerCase();
  if (text === "") return neurons;
  if (/^\d+$/.test(text)) return neurons.filter(({ id }) => id === Number(text));
  return neurons
    .map((neuron) => ({ neuron, at: neuron.words.findIndex((word) => word.toLowerCase().startsWith(text)) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => other.neuron.values[other.at] - one.neuron.values[one.at])
    .map(({ neuron }) => neuron);
}

/** How many groups of related words the rule found, and what it makes of the neuron. */
export function verdict({ groups, count }) {
  const seen = new Set(groups.filter((g) => g >= 0)).size;
  const all = count ?? seen;
  const says = all > 1 ? `${all} groups: polysemantic by the rule` : ["no group: the rule sees no meaning", "one group: the rule has nothing to object"][all];
  return all > seen ? `${says} (${seen} of them among the words shown)` : says;
}

export function render({ model, el }) {
  const ui = root(el, "Neuron browser", "Which words excite a neuron? Search for a word, or leaf through.");
  const list = h("ol", { class: "st-words", role: "list" }); // without marks, Safari takes it for no list
  const title = h("p", { class: "st-title" });
  ui.views.append(h("div", { class: "st-view st-full" }, title, list));
  const get = (name) => model.get(name);
  let neurons = unpack(get("neurons"));
  let mine = false;
  const put = (name, value) => {
    mine = true;
    model.set(name, value);
    mine = false;
    model.save_changes();
  };
  const field = h("input", {
    type: "search",
    placeholder: "a word or a number",
    input() {
      put("query", field.value);
      look(true);
    },
  });
  const results = select({ label: "neuron", options: [["", "–"]], value: "", onInput: (id) => choose(Number(id)) });
  const step = (by) => () => {
    const found = search(neurons, get("query"));
    const at = found.findIndex(({ id }) => id === get("selected"));
    if (found.length) choose(found[at < 0 ? 0 : (at + by + found.length) % found.length].id);
  };
  ui.controls.append(
    h("label", { class: "st-field" }, h("span", {}, "search"), field),
    results.node,
    row(
      button("Previous", step(-1)),
      button("Next", step(1)),
      button("Random", () => {
        const found = search(neurons, get("query"));
        if (found.length) choose(found[Math.floor(Math.random() * found.length)].id);
      }),
    ),
  );
  const choose = (id) => {
    put("selected", id);
    look(false);
  };
  const look = (jump) => {
    const found = search(neurons, get("query"));
    if (field.value !== get("query")) field.value = get("query");
    if (jump && found.length && !found.some(({ id }) => id === get("selected"))) put("selected", found[0].id);
    const neuron = neurons.find(({ id }) => id === get("selected")) ?? neurons[0];
    list_of(found, neuron);
    show(neuron);
    if (!neuron) ui.say("No neurons were given: set the trait neurons, as chapter 1 does.", true);
    else if (!found.length) ui.say(`No neuron here has a word that begins with “${get("query")}” among its strongest, or that number. Shown: neuron ${neuron.id}.`);
    else {
      const among = get("query").trim() ? `${found.length} of ${neurons.length} neurons fit the search. ` : `${neurons.length} neurons. `;
      ui.say(`${among}Neuron ${neuron.id}: ${verdict(neuron)}.`);
    }
  };
  const list_of = (found, neuron) => {
    const near = Math.max(0, Math.min(found.length - MOST, found.indexOf(neuron) - MOST / 2));
    const some = found.slice(near, near + MOST);
    if (neuron && !some.includes(neuron)) some.unshift(neuron);
    results.input.replaceChildren(...some.map(({ id, words }) => h("option", { value: id }, `${id}: ${words.slice(0, 3).join(", ")}`)));
    if (neuron) results.value = String(neuron.id);
  };
  const show = (neuron) => {
    title.textContent = neuron ? `Neuron ${neuron.id}` : "";
    if (!neuron) return list.replaceChildren();
    const most = Math.max(...neuron.values, 1e-9);
    const items = neuron.words.map((word, i) => {
      const group = neuron.groups[i];
      const bar = h("span", { class: "st-bar", "aria-hidden": "true" });
      bar.style.width = `${Math.max(0, (neuron.values[i] / most) * 100)}%`;
      bar.style.background = group < 0 ? GREY : COLORS_OF_GROUPS[group % 4];
      const tag = group < 0 ? "" : `group ${letter(group)}`;
      return h("li", {}, h("span", { class: "st-word" }, word), h("span", { class: "st-gauge" }, bar), h("span", { class: "st-number" }, digits(neuron.values[i])), h("span", { class: "st-tag" }, tag));
    });
    list.replaceChildren(...items);
    set(list, { "aria-label": `Words that excite neuron ${neuron.id}, the strongest first` });
  };

  const watch = watcher(model);
  watch.watch(["neurons"], () => {
    neurons = unpack(get("neurons"));
    look(false);
  });
  watch.watch(["selected"], () => mine || look(false));
  watch.watch(["query"], () => mine || look(true));
  look(false);
  return () => watch.end();
}
