// The page: one person's sight of the workspace, drawn anew from the whole of it after every change.

import { Conversation } from "./conversation.js";
import { Desk } from "./desk.js";
import { Modal } from "./modal.js";
import { Panel } from "./panel.js";
import { Rail } from "./rail.js";
import { Thread } from "./thread.js";
import { Tour } from "./tour.js";

const address = new URLSearchParams(location.search);
/** Whom one acts as where the address names nobody. */
const FIRST = "U0AGENT";

class Page {
  constructor() {
    this.state = null;
    this.place = address.get("in");
    this.tab = "messages";
    this.thread = null;
    const trouble = (words) => {
      document.getElementById("trouble").textContent = words;
    };
    this.desk = new Desk({ seen: (state) => this.see(state), trouble, stranger: (person) => this.meet(person) });
    this.rail = new Rail(this);
    this.conversation = new Conversation(this);
    this.threads = new Thread(this);
    this.modal = new Modal(this);
    this.panel = new Panel(this);
    this.tour = new Tour(this);
    this.prepared = null;
    this.desk.become(address.get("as") ?? FIRST);
  }

  get composer() {
    return this.conversation.composer;
  }

  /** How far the desk's clock is ahead of this machine's, in seconds. */
  get ahead() {
    return this.state.engine.ahead;
  }

  now() {
    return Date.now() + this.ahead * 1000;
  }

  see(state) {
    if (state.me !== this.desk.person) return;
    const first = this.state === null;
    this.composer.field.disabled = false;
    this.state = state;
    if (!state.channels.some((one) => one.id === this.place)) this.place = state.channels[0].id;
    this.draw();
    if (first) this.composer.focus();
    this.settle();
  }

  draw() {
    this.remember();
    this.rail.draw();
    this.conversation.draw();
    this.threads.draw();
    this.panel.draw(this.state);
    this.modal.draw(this.state.modal);
  }

  /** Another window can be opened at this address, as this person in this place. */
  remember() {
    const here = `/?as=${this.state.me}&in=${this.place}`;
    if (location.pathname + location.search !== here) history.replaceState(null, "", here);
    const channel = this.state.channels.find((one) => one.id === this.place);
    document.title = `${channel.direct ? this.state.app.name : `#${channel.name}`} · ${this.state.names[this.state.me]} · sandbox`;
  }

  // Where one looks.

  /** Until the page shows what this person sees, nothing can be written in their name. */
  become(person) {
    this.thread = null;
    this.composer.field.disabled = true;
    this.desk.become(person);
  }

  /** The address names nobody of this workspace. */
  meet(stranger) {
    if (stranger !== FIRST) this.desk.become(FIRST, `Nobody here is ${stranger}. Choose whom you act as on this page.`);
  }

  /** Sets a step of the tour up: `as` whom, in which `place`, with which `text` in the message box, and a `fault`. */
  prepare({ as, place = null, text = "", fault = null }) {
    if (fault) this.desk.change("fault", { fault, scope: "redeem" });
    this.prepared = { as, place, text };
    if (as === this.state.me) this.settle();
    else this.become(as);
  }

  settle() {
    if (this.prepared?.as !== this.state.me) return;
    const { place, text } = this.prepared;
    this.prepared = null;
    this.go(place ?? this.state.channels[0].id);
    this.composer.text = text;
    this.composer.focus();
  }

  go(place) {
    this.place = place;
    this.thread = null;
    this.tab = "messages";
    this.draw();
  }

  turn(tab) {
    this.tab = tab;
    if (tab === "home") this.desk.act("home");
    this.draw();
    document.querySelector(".tabs [aria-current]")?.focus();
  }

  openThread(ts) {
    this.thread = ts;
    this.draw();
    if (!ts) this.composer.focus();
  }

  // What one does.

  write(text, thread = null) {
    this.desk.act("write", { channel: this.place, text, thread });
  }

  use(surface, block, element, chosen, values) {
    this.desk.act("use", { ...surface, block: block.block_id, action: element.action_id, chosen, values });
  }

  /** What every place where blocks stand knows. */
  scene() {
    return { names: this.state.names, now: () => this.now(), given: () => "", use: () => {}, again: () => {} };
  }
}

new Page();
