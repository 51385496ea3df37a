// The left side: whom one acts as, and the places this person may be in.

import { fill, h } from "./dom.js";

export class Rail {
  constructor(page) {
    this.page = page;
    this.root = document.getElementById("rail");
    this.shown = "";
    /** How many messages of a channel this person has had in front of them. */
    this.read = new Map();
  }

  draw() {
    const { state, place } = this.page;
    this.note(state, place);
    const fresh = state.channels.map((one) => this.unread(state, one.id));
    const shown = JSON.stringify([state.me, state.people, state.channels, place, fresh]);
    if (shown === this.shown) return;
    this.shown = shown;
    const held = document.activeElement?.dataset?.place;
    fill(this.root, this.who(state), this.places(state, place, fresh));
    if (held) this.root.querySelector(`[data-place="${CSS.escape(held)}"]`)?.focus();
  }

  who({ people, me }) {
    const option = (one) => h("option", { value: one.id, selected: one.id === me }, `${one.name} · ${one.words}`);
    const onchange = (event) => this.page.become(event.target.value);
    return h("div", { class: "who" }, [
      h("label", { for: "who" }, "You act as"),
      h("select", { id: "who", "data-place": "who", onchange }, people.map(option)),
    ]);
  }

  places({ channels, app }, place, fresh) {
    const link = (channel, words) =>
      h("li", {}, h("button", {
        type: "button", "data-place": channel.id, "aria-current": channel.id === place ? "page" : null,
        class: fresh[channels.indexOf(channel)] ? "unread" : null, onclick: () => this.page.go(channel.id),
      }, words));
    const named = channels.filter((one) => !one.direct);
    const direct = channels.find((one) => one.direct);
    return [
      h("h2", {}, "Channels"),
      named.length ? h("ul", {}, named.map((one) => link(one, `#${one.name}`))) : h("p", {}, "In no channel"),
      h("h2", {}, "Apps"),
      h("ul", {}, direct && link(direct, app.name)),
    ];
  }

  note(state, place) {
    for (const { id } of state.channels) {
      const key = `${state.me} ${id}`;
      if (id === place || !this.read.has(key)) this.read.set(key, count(state, id));
    }
  }

  unread(state, channel) {
    return count(state, channel) > this.read.get(`${state.me} ${channel}`);
  }
}

function count(state, channel) {
  return state.messages.filter((one) => one.channel === channel).length;
}
