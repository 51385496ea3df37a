// The controls that stand in blocks (docs.slack.dev: reference/block-kit/block-elements).

import { ask } from "./confirm.js";
import { fresh, h } from "./dom.js";

const CONTROLS = { button, static_select: select, plain_text_input: entry };

/** A control of a section or an actions block: the bot hears of it at once. */
export function control(element, block, scene) {
  const draw = CONTROLS[element.type];
  if (!draw) return h("span", { class: "unknown", role: "note" }, `The sandbox cannot show “${element.type}”.`);
  return draw(element, of(element, block, scene, true));
}

/** An input block: the bot hears of it when the form is submitted. */
export function input(block, scene) {
  const element = block.element;
  const draw = CONTROLS[element.type];
  if (!draw) return h("p", { class: "unknown", role: "note" }, `The sandbox cannot show “${element.type}”.`);
  const error = scene.errors?.[block.block_id];
  const place = of(element, block, scene, block.dispatch_action === true);
  Object.assign(place, { id: fresh("input"), label: block.label.text, required: !block.optional });
  place.describedby = [error && `${place.id}-error`, block.hint && `${place.id}-hint`].filter(Boolean).join(" ");
  place.invalid = Boolean(error);
  return [
    h("label", { for: place.id }, [block.label.text, block.optional && h("span", { class: "optional" }, " (optional)")]),
    draw(element, place),
    block.hint && h("p", { class: "hint", id: `${place.id}-hint` }, block.hint.text),
    error && h("p", { class: "error", id: `${place.id}-error`, role: "alert" }, error),
  ];
}

/** Where a control stands, what is chosen in it, and what happens when it is used. */
function of(element, block, scene, tells) {
  const where = {
    "data-block": block.block_id, "data-action": element.action_id, "data-focus": element.focus_on_load === true,
  };
  const given = scene.given(block.block_id, element.action_id);
  const use = async (chosen, node) => {
    if (!tells) return;
    if (element.confirm && !(await ask(element.confirm, scene))) {
      scene.again();
      return;
    }
    scene.use(block, element, chosen, node);
  };
  return { where, given, use, tells, label: element.placeholder?.text ?? element.action_id };
}

function button(element, { where, use }) {
  const kind = { primary: "primary", danger: "danger" }[element.style] ?? "";
  const attributes = { type: "button", class: `button ${kind}`, title: element.accessibility_label, ...where };
  const onclick = (event) => use(element.value ?? "", event.currentTarget);
  if (!element.url) return h("button", { ...attributes, onclick }, element.text.text);
  return h("a", { ...attributes, type: null, href: element.url, target: "_blank", rel: "noopener noreferrer", onclick }, element.text.text);
}

/** Outside of a form a choice is a press: moving through the options must not make one. */
function opensByEnter(event) {
  const node = event.target;
  if (node.dataset.open) {
    if (["Enter", "Escape", "Tab"].includes(event.key)) delete node.dataset.open;
    return;
  }
  if (event.key === "Tab" || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (event.key !== "Enter" && event.key !== " ") return;
  node.dataset.open = "true";
  node.showPicker?.();
}

function select(element, { where, given, use, tells, id, label, required, describedby, invalid }) {
  const chosen = given || element.initial_option?.value || "";
  const option = (one) =>
    h("option", { value: one.value, selected: one.value === chosen }, one.text.text);
  const nothing = h("option", { value: "", selected: !chosen, hidden: Boolean(chosen) && required }, nothingChosen(element));
  return h(
    "select",
    {
      id, ...where,
      "aria-label": id ? null : label,
      "aria-required": required ? "true" : null,
      "aria-invalid": invalid ? "true" : null,
      "aria-describedby": describedby || null,
      onchange: (event) => event.target.value && use(event.target.value, event.target),
      onkeydown: tells ? opensByEnter : null,
      onmousedown: (event) => { event.target.dataset.open = "true"; },
      onblur: (event) => { delete event.target.dataset.open; },
    },
    [!(chosen && !id) && nothing, element.options.map(option)],
  );
}

function nothingChosen(element) {
  return element.placeholder?.text ?? "Choose an option";
}

function typed(element) {
  return element.multiline ? ["textarea", { rows: "4" }] : ["input", { type: "text" }];
}

function entry(element, { where, given, use, id, label, required, describedby, invalid }) {
  const [tag, attributes] = typed(element);
  const node = h(tag, {
    ...attributes, id, ...where,
    placeholder: element.placeholder?.text,
    maxlength: element.max_length,
    autocomplete: "off",
    "aria-label": id ? null : label,
    "aria-required": required ? "true" : null,
    "aria-invalid": invalid ? "true" : null,
    "aria-describedby": describedby || null,
    onchange: (event) => use(event.target.value, event.target),
  });
  node.value = given || element.initial_value || "";
  return node;
}
