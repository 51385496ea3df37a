// Slack's mrkdwn as nodes: bold, italic, strike, code, quotes, links, mentions, dates (docs.slack.dev: formatting).

import { h } from "./dom.js";
import { inWords } from "./moment.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const BEFORE = "(?<![\\p{L}\\p{N}])";
const AFTER = "(?![\\p{L}\\p{N}])";
const wrapped = (name, mark) => `${BEFORE}${mark}(?<${name}>(?!\\s)[^${mark}\\n]+(?<!\\s))${mark}${AFTER}`;
const INLINE = new RegExp(
  [
    "<(?<control>[^<>\\n]+)>",
    "`(?<code>[^`\\n]+)`",
    wrapped("bold", "\\*"),
    wrapped("italic", "_"),
    wrapped("strike", "~"),
  ].join("|"),
  "gu",
);
const TAGS = { bold: "strong", italic: "em", strike: "s" };
const ADDRESS = /https?:\/\/[^\s<>|]+/g;

/** A text object: mrkdwn, or letter by letter. */
export function textObject(object, scene) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, scene, object.verbatim) : [object.text];
}

/** `verbatim` leaves what looks like an address alone. */
export function mrkdwn(text, scene, verbatim = false) {
  return text.split("```").flatMap((part, place, parts) => {
    const closed = place % 2 === 1 && place < parts.length - 1;
    if (closed) return h("pre", {}, plain(part.replace(/^\n|\n$/g, "")));
    return lines(place % 2 === 1 ? `\`\`\`${part}` : part, scene, verbatim);
  });
}

/** The text with its three escapes undone. */
export function plain(text) {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);
}

function lines(text, scene, verbatim) {
  const nodes = [];
  for (const part of text.split(/((?:^(?:>|&gt;).*(?:\n|$))+)/m)) {
    if (/^(?:>|&gt;)/.test(part)) {
      const quoted = part.trimEnd().replace(/^(?:>|&gt;) ?/gm, "");
      nodes.push(h("blockquote", {}, inline(quoted, scene, verbatim)));
    } else if (part) nodes.push(...inline(part, scene, verbatim));
  }
  return nodes;
}

function inline(text, scene, verbatim) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(...words(text.slice(end, found.index), verbatim), drawn(found, scene, verbatim));
    end = found.index + found[0].length;
  }
  return [...nodes, ...words(text.slice(end), verbatim)];
}

function drawn({ groups, 0: whole }, scene, verbatim) {
  if (groups.control) return control(groups.control, scene) ?? plain(whole);
  if (groups.code) return h("code", {}, plain(groups.code));
  const [name] = Object.keys(TAGS).filter((one) => groups[one]);
  return h(TAGS[name], {}, inline(groups[name], scene, verbatim));
}

function words(text, verbatim) {
  if (!text) return [];
  if (verbatim) return [plain(text)];
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    nodes.push(plain(text.slice(end, found.index)), link(plain(found[0])));
    end = found.index + found[0].length;
  }
  return [...nodes, plain(text.slice(end))];
}

/** What stands between < and >; null if it is nothing Slack knows. */
function control(inside, scene) {
  const bar = inside.indexOf("|");
  const [target, label] = bar < 0 ? [inside, ""] : [inside.slice(0, bar), inside.slice(bar + 1)];
  if (/^@[UW]\w+$/.test(target)) return mention("@", target.slice(1), label, scene);
  if (/^#C\w+$/.test(target)) return mention("#", target.slice(1), label, scene);
  if (/^!subteam\^\w+$/.test(target)) return mention("@", target.slice(9), label.replace(/^@/, ""), scene);
  if (/^!(here|channel|everyone)$/.test(target)) return chip(`@${target.slice(1)}`);
  if (target.startsWith("!date^")) return date(target, plain(label), scene);
  return /^(https?:|mailto:|tel:)/i.test(target) ? link(plain(target), plain(label)) : null;
}

function date(target, fallback, scene) {
  const [, seconds, format, address] = target.split("^");
  const said = inWords(Number(seconds), format ?? "", scene.now()) ?? fallback;
  const moment = new Date(Number(seconds) * 1000);
  const machine = Number.isNaN(moment.getTime()) ? null : moment.toISOString();
  const node = h("time", { datetime: machine, title: fallback }, said);
  return address ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, node) : node;
}

export function link(address, label = "") {
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label || address);
}

export function mention(mark, id, label, scene) {
  return chip(mark + (scene.names[id] ?? (plain(label) || id)));
}

function chip(text) {
  return h("span", { class: "mention" }, text);
}
