// The middle of the page: a channel, or the app's own page with its Home and its messages.

import { blocks } from "./blocks.js";
import { Composer } from "./composer.js";
import { fill, h } from "./dom.js";
import { entered, kept, redrawn } from "./entered.js";
import { Messages } from "./messages.js";

export class Conversation {
  constructor(page) {
    this.page = page;
    this.root = document.getElementById("conversation");
    this.key = "";
    this.drafts = new Map();
    this.composer = new Composer(page, { id: "composer", completes: true, send: (text) => page.write(text) });
  }

  draw() {
    const { state, place, tab } = this.page;
    const channel = state.channels.find((one) => one.id === place);
    const key = `${state.me} ${place} ${tab}`;
    if (key !== this.key) this.move(key, channel);
    if (this.isHome(channel)) this.drawHome();
    else this.list.draw(this.messages(), this.replies());
  }

  isHome(channel) {
    return channel.direct && this.page.tab === "home";
  }

  /** Shows another place: a new list, so that its old messages are not read out as news. */
  move(key, channel) {
    this.drafts.set(this.key, this.composer.text);
    this.key = key;
    const title = this.title(channel);
    this.list = new Messages(this.page, `Messages in ${title}`, { threads: true });
    this.home = h("section", { class: "home", tabindex: "0", "aria-label": "Home" });
    this.homeShown = "";
    const mute = channel.direct && this.page.state.app.readOnly;
    fill(
      this.root,
      h("header", { class: "place" }, [
        h("h1", { id: "place" }, title),
        h("p", {}, this.about(channel)),
        channel.direct && this.tabs(),
      ]),
      this.isHome(channel) ? this.home : this.list.root,
      this.isHome(channel) ? null : mute ? h("p", { class: "mute" }, "Sending messages to this app has been turned off.") : this.composer.root,
    );
    this.composer.label(`Message ${title}`);
    this.composer.text = this.drafts.get(key) ?? "";
  }

  title(channel) {
    return channel.direct ? this.page.state.app.name : `#${channel.name}`;
  }

  about(channel) {
    if (channel.direct) return "App";
    const facts = [channel.private && "private", channel.shared && "shared with another workspace", `${channel.members} members`];
    return facts.filter(Boolean).join(" · ");
  }

  tabs() {
    const tab = (name, words) =>
      h("button", { type: "button", "aria-current": this.page.tab === name ? "page" : null, onclick: () => this.page.turn(name) }, words);
    return h("nav", { class: "tabs", "aria-label": "App" }, [tab("home", "Home"), tab("messages", "Messages")]);
  }

  messages() {
    return this.page.state.messages.filter((one) => one.channel === this.page.place && (!one.thread || one.thread === one.ts));
  }

  replies() {
    const found = new Map();
    for (const one of this.page.state.messages) {
      if (one.channel !== this.page.place || !one.thread || one.thread === one.ts) continue;
      found.set(one.thread, [...(found.get(one.thread) ?? []), one]);
    }
    return found;
  }

  drawHome() {
    const { home, app } = this.page.state;
    const shown = JSON.stringify([home, this.page.ahead]);
    if (shown === this.homeShown) return;
    this.homeShown = shown;
    const why = app.homeTab ? "This app has not published its Home yet." : "This app has no Home tab: its manifest does not enable one.";
    redrawn(this.home, () => fill(this.home, home ? blocks(home.blocks, this.scene(home)) : h("p", { class: "nothing" }, why)));
  }

  scene(home) {
    const values = kept(home.values);
    return {
      ...this.page.scene(),
      given: (block, action) => values[block]?.[action] ?? "",
      use: (block, element, chosen) => this.page.use({ view: home.id }, block, element, chosen, entered(this.home)),
      again: () => {
        this.homeShown = "";
        this.drawHome();
      },
    };
  }
}
