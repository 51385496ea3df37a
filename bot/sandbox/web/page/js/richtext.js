// Rich text (docs.slack.dev: rich text block).

import { h } from "./dom.js";
import { inWords } from "./moment.js";
import { chip, link, mention } from "./mrkdwn.js";

const CONTAINERS = {
  rich_text_section: (one, scene) => h("p", {}, leaves(one, scene)),
  rich_text_quote: (one, scene) => h("blockquote", {}, leaves(one, scene)),
  rich_text_preformatted: (one, scene) => h("pre", {}, leaves(one, scene)),
  rich_text_list: list,
};

const LEAVES = {
  text: (leaf) => leaf.text,
  link: (leaf) => link(leaf.url, leaf.text),
  user: (leaf, scene) => mention("@", leaf.user_id, "", scene),
  usergroup: (leaf, scene) => mention("@", leaf.usergroup_id, "", scene),
  channel: (leaf, scene) => mention("#", leaf.channel_id, "", scene),
  broadcast: (leaf) => chip(`@${leaf.range}`),
  emoji: (leaf) => `:${leaf.name}:`,
  date: (leaf, scene) => h("time", {}, inWords(leaf.timestamp, leaf.format, scene.now()) ?? leaf.fallback ?? ""),
};
const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

export function richText(block, scene) {
  return block.elements.map((one) => CONTAINERS[one.type]?.(one, scene) ?? unknown(one));
}

function list(one, scene) {
  const items = one.elements.map((item) => h("li", {}, leaves(item, scene)));
  const attributes = { class: `indent-${Math.min(one.indent ?? 0, 8)}`, start: one.offset ? one.offset + 1 : null };
  return h(one.style === "ordered" ? "ol" : "ul", attributes, items);
}

function leaves(container, scene) {
  return container.elements.map((leaf) => {
    const drawn = LEAVES[leaf.type]?.(leaf, scene) ?? unknown(leaf);
    const styles = Object.keys(STYLES).filter((name) => leaf.style?.[name]);
    return styles.reduce((inner, name) => h(STYLES[name], {}, inner), drawn);
  });
}

function unknown(part) {
  return h("span", { class: "unknown" }, `The sandbox cannot show rich text of type “${part.type}”.`);
}
