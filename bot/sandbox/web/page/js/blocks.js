// Block Kit as elements (docs.slack.dev: reference/block-kit/blocks). A `scene` is where blocks stand: the names
// people have, the time, what was entered, what is wrong with it, and what to do when a control is used.

import { h } from "./dom.js";
import { control, input } from "./controls.js";
import { textObject as text } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { table } from "./table.js";

const BLOCKS = {
  section,
  header: (block) => h("h2", { class: "header" }, block.text.text),
  context: (block, scene) => h("div", { class: "context" }, block.elements.map((one) => h("span", {}, text(one, scene)))),
  actions: (block, scene) => h("div", { class: "actions" }, block.elements.map((one) => control(one, block, scene))),
  divider: () => h("hr"),
  rich_text: (block, scene) => h("div", { class: "rich" }, richText(block, scene)),
  table,
  alert: (block, scene) => h("p", { class: `alert ${block.level ?? "default"}` }, text(block.text, scene)),
  input,
};

/** A block the page does not know is a visible warning: silence would hide that people see nothing. */
export function blocks(list, scene) {
  return list.map((block) => {
    const draw = Object.hasOwn(BLOCKS, block.type) ? BLOCKS[block.type] : unknown;
    return h("div", { class: `block ${draw === unknown ? "unknown" : block.type}` }, draw(block, scene));
  });
}

function section(block, scene) {
  const fields = block.fields?.map((field) => h("div", { class: "field" }, text(field, scene)));
  const accessory = block.accessory && control(block.accessory, block, scene);
  return [
    h("div", { class: "said" }, [
      block.text && h("div", { class: "words" }, text(block.text, scene)),
      fields && h("div", { class: "fields" }, fields),
    ]),
    accessory && h("div", { class: "accessory" }, accessory),
  ];
}

function unknown(block) {
  return h("p", { role: "note" }, `The sandbox cannot show a block of type “${block.type}”.`);
}
