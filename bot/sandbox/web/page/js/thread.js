// A thread beside its channel.

import { Composer } from "./composer.js";
import { fill, h } from "./dom.js";
import { Messages } from "./messages.js";

export class Thread {
  constructor(page) {
    this.page = page;
    this.root = document.getElementById("thread");
    this.key = "";
    this.composer = new Composer(page, { id: "reply", completes: false, send: (text) => page.write(text, page.thread) });
    this.composer.label("Reply in thread");
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) page.openThread(null);
    });
  }

  draw() {
    const { state, place, thread } = this.page;
    const messages = thread ? state.messages.filter((one) => one.channel === place && (one.ts === thread || one.thread === thread)) : [];
    this.root.hidden = messages.length === 0;
    const key = `${state.me} ${place} ${thread}`;
    if (key !== this.key) this.move(key);
    if (messages.length) this.list.draw(messages);
  }

  move(key) {
    this.key = key;
    this.list = new Messages(this.page, "Messages in this thread", { threads: false });
    const cross = h("button", { type: "button", class: "cross", "aria-label": "Hide thread", onclick: () => this.page.openThread(null) }, "×");
    fill(this.root, h("header", { class: "place" }, [h("h1", {}, "Thread"), cross]), this.list.root, this.composer.root);
    if (this.page.thread) this.composer.focus();
  }
}
