// The line to the sandbox: what this person sees comes in, what they do goes out.

export class Desk {
  /**
   * `seen` is called with everything the person sees, after every change; `trouble` with words, or with none;
   * `stranger` with an id that is nobody's.
   */
  constructor({ seen, trouble, stranger }) {
    this.seen = seen;
    this.trouble = trouble;
    this.stranger = stranger;
    this.person = null;
    this.stream = null;
    /** The last change of the engine or the clock: whatever is done after it meets it. */
    this.changed = Promise.resolve();
  }

  /** `words` are shown until something else happens. */
  become(person, words = "") {
    this.stream?.close();
    this.person = person;
    const stream = new EventSource(`/events?as=${encodeURIComponent(person)}`);
    this.stream = stream;
    stream.onopen = () => this.trouble(words);
    stream.onmessage = (event) => this.seen(JSON.parse(event.data));
    stream.onerror = () => {
      // Refused, and not tried again: only an unknown person is. A sandbox that is away is tried again.
      if (stream.readyState === EventSource.CLOSED) this.stranger(person);
      else this.trouble("The sandbox does not answer. Is it still running?");
    };
  }

  /** Does something as this person; resolves to words to show, if the sandbox has any. */
  async act(name, told = {}) {
    await this.changed;
    return this.ask(name, told);
  }

  change(name, told) {
    this.changed = this.changed.then(() => this.ask(name, told));
    return this.changed;
  }

  async ask(name, told) {
    try {
      const answer = await fetch(`/act/${name}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ as: this.person, ...told }),
      });
      if (!answer.ok) throw new Error(await answer.text());
      this.trouble("");
      return (await answer.json()).words;
    } catch (error) {
      this.trouble(error.message);
      return null;
    }
  }
}
