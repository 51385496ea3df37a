// A list of messages, drawn so that what did not change stays untouched.

import { blocks } from "./blocks.js";
import { fill, h } from "./dom.js";
import { entered, kept, redrawn } from "./entered.js";
import { openMenu } from "./menu.js";
import { clock, dayAndTime } from "./moment.js";
import { mrkdwn } from "./mrkdwn.js";

export class Messages {
  /** `threads` tells whether a message offers to be answered in a thread. */
  constructor(page, label, { threads }) {
    this.page = page;
    this.threads = threads;
    this.drawn = new Map();
    this.root = h("div", { class: "log", role: "log", "aria-label": label, tabindex: "0" });
  }

  draw(messages, replies) {
    const near = this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < 80;
    const first = this.drawn.size === 0;
    const gone = new Set(this.drawn.keys());
    let newest = null;
    for (const message of messages) {
      gone.delete(message.ts);
      if (this.one(message, replies?.get(message.ts) ?? [])) newest = message;
    }
    for (const ts of gone) {
      this.drawn.get(ts).node.remove();
      this.drawn.delete(ts);
    }
    // What is said to this person alone, or by them, is never left out of sight.
    const own = newest?.ephemeral || newest?.user === this.page.state.me;
    if (newest && (near || first || own)) this.reveal(this.drawn.get(newest.ts).node);
  }

  /** Draws a message if it is new or has changed; tells whether it is new. */
  one(message, replies) {
    const shown = JSON.stringify([message, replies.length, this.page.ahead]);
    const before = this.drawn.get(message.ts);
    if (before?.shown === shown) return false;
    const node = before?.node ?? h("article", { class: "message", tabindex: "-1", "data-ts": message.ts });
    const typed = before ? typing(node) : {};
    redrawn(node, () => this.into(node, message, replies, typed));
    this.drawn.set(message.ts, { shown, node });
    if (!before) this.root.append(node);
    return !before;
  }

  /** The newest message, from its beginning if it is a long one. */
  reveal(node) {
    const long = node.offsetHeight > this.root.clientHeight;
    this.root.scrollTop = long ? node.offsetTop : this.root.scrollHeight;
  }

  into(node, message, replies, typed) {
    const name = this.page.state.names[message.user] ?? message.user;
    node.classList.toggle("only", message.ephemeral);
    node.setAttribute("aria-label", `${name}, ${clock(message.ts)}${message.ephemeral ? ", only visible to you" : ""}`);
    fill(
      node,
      avatar(message, name),
      h("div", { class: "body" }, [
        h("p", { class: "head" }, [
          h("strong", { class: "author" }, name),
          message.app && h("span", { class: "badge" }, "APP"),
          h("time", { datetime: new Date(message.ts * 1000).toISOString(), title: dayAndTime(message.ts) }, clock(message.ts)),
          message.ephemeral && h("span", { class: "eyes" }, "Only visible to you"),
        ]),
        h("div", { class: "content" }, this.content(message, typed)),
        message.edited && h("small", { class: "edited" }, "(edited)"),
        replies.length > 0 && this.threads && this.opensThread(message, `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`, "replies"),
      ]),
      !message.ephemeral && this.tools(message, name),
    );
  }

  content(message, typed) {
    const scene = this.scene(message, typed);
    return message.blocks.length ? blocks(message.blocks, scene) : h("div", { class: "words" }, mrkdwn(message.text, scene));
  }

  scene(message, typed) {
    const values = kept(message.values);
    return {
      ...this.page.scene(),
      given: (block, action) => typed[block]?.[action] ?? values[block]?.[action] ?? "",
      use: (block, element, chosen, node) =>
        this.page.use({ channel: message.channel, ts: message.ts }, block, element, chosen, entered(node.closest("article"))),
      again: () => this.again(message),
    };
  }

  again(message) {
    this.drawn.get(message.ts).shown = "";
    this.page.draw();
  }

  tools(message, name) {
    const whose = `message from ${name} at ${clock(message.ts)}`;
    const items = this.page.state.app.shortcuts.map((one) => ({
      name: one.name,
      description: one.description,
      choose: () => this.page.desk.act("shortcut", { callback: one.callback_id, channel: message.channel, ts: message.ts }),
    }));
    return h("div", { class: "tools" }, [
      this.threads && this.opensThread(message, "Reply in thread", "tool", `Reply in thread to ${whose}`),
      items.length > 0 && h("button", {
        type: "button", class: "tool", "aria-haspopup": "menu", "aria-expanded": "false",
        "aria-label": `More actions for ${whose}`, title: "More actions",
        onclick: (event) => openMenu(event.currentTarget, items),
      }, "⋯"),
    ]);
  }

  opensThread(message, words, kind, label = null) {
    return h("button", { type: "button", class: kind, "aria-label": label, onclick: () => this.page.openThread(message.ts) }, words);
  }
}

function avatar({ user, app }, name) {
  const letters = name.split(/\s+/).map((word) => [...word][0] ?? "").slice(0, 2).join("");
  const hue = [...user].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
  return h("span", { class: `avatar ${app ? "app-icon" : `hue-${hue}`}`, "aria-hidden": "true" }, letters);
}

/** What is typed in input blocks and not yet sent; what the bot has heard of is the sandbox's to tell. */
function typing(node) {
  return Object.fromEntries(
    Object.entries(entered(node)).filter(([block]) =>
      [...node.querySelectorAll(".block.input [data-block]")].some((one) => one.dataset.block === block)),
  );
}
