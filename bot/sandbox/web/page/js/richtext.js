// Rich text (docs.slack.dev: rich text block).

import { h } from "./dom.js";
import { inWords } from "./moment.js";
import { link, mention } from "./mrkdwn.js";

const CONTAINERS = {
  rich_text_section: (one, scene) => h("p", {}, leaves(one, scene)),
  rich_text_quote: (one, scene) => h("blockquote", {}, leaves(one, scene)),
  rich_text_preformatted: (one, scene) => h("pre", {}, leaves(one, scene)),
};

const LEAVES = {
  text: (leaf) => leaf.text,
  link: (leaf) => link(leaf.url, leaf.text),
  user: (leaf, scene) => mention("@", leaf.user_id, "", scene),
  usergroup: (leaf, scene) => mention("@", leaf.usergroup_id, "", scene),
  channel: (leaf, scene) => mention("#", leaf.channel_id, "", scene),
  date: (leaf, scene) => h("time", {}, inWords(leaf.timestamp, leaf.format, scene.now()) ?? leaf.fallback ?? ""),
};
const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

export function richText(block, scene) {
  return block.elements.map((one) => CONTAINERS[one.type]?.(one, scene) ?? unknown(one));
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
