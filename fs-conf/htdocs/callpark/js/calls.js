// The parked calls of the user's domain, as the switch answers when it is asked for them.
//
// What comes on the domain's event channel is only taken for a sign that something has changed: any user of the domain
// can send there, and nothing of it is shown or acted on. Event: `change`.

import { failure, refusal } from './words.js';

const CHANNEL = 'callpark-liveArray.';
// No matter how much happens, the list is asked for at most so often, and never less often.
const PAUSE = 250;
const AT_LEAST_EVERY = 10_000;

export class ParkedCalls extends EventTarget {
  #verto;
  #ahead = 0;
  #opened = false;
  #asking = false;
  #again = false;
  #timer;
  /** How often it was asked, and which of those times `calls` is the answer to: an answer may be older than what was done. */
  asked = 0;
  answered = 0;
  /** Oldest first. */
  calls = [];
  /** Whether they are as they were a moment ago. */
  fresh = false;
  /** Why there is no list, in words. */
  trouble = '';

  constructor(verto) {
    super();
    this.#verto = verto;
    verto.addEventListener('news', ({ detail }) => {
      if (String(detail.eventChannel).startsWith(CHANNEL)) this.refresh();
    });
  }

  /** The connection is there: watches for changes, and asks for the list. */
  open() {
    this.#opened = true;
    this.#watch();
    this.refresh();
  }

  /** The connection is gone. */
  close() {
    clearTimeout(this.#timer);
    this.#opened = false;
    this.fresh = false;
    this.#tell();
  }

  /** Seconds since 1970 by the switch's clock. */
  now() {
    return Date.now() / 1000 + this.#ahead;
  }

  async refresh() {
    this.#again = this.#asking;
    if (this.#asking) return;
    this.#asking = true;
    clearTimeout(this.#timer);
    const time = ++this.asked;
    try {
      this.#take(await this.#verto.callpark({ verb: 'list' }), time);
    } catch (error) {
      this.#fail(failure(error));
    }
    await new Promise((done) => setTimeout(done, PAUSE));
    this.#asking = false;
    if (!this.#opened) return;
    if (this.#again) this.refresh();
    else this.#timer = setTimeout(() => this.#renew(), AT_LEAST_EVERY);
  }

  #renew() {
    this.#watch();
    this.refresh();
  }

  /** Has the switch send a sign of every change. Without it the list is only asked for now and then. */
  async #watch() {
    try {
      const answer = await this.#verto.callpark({ verb: 'subscribe', sessid: this.#verto.session });
      if (answer?.channel) await this.#verto.request('verto.subscribe', { eventChannel: answer.channel });
    } catch {
      // refresh() tells what is wrong.
    }
  }

  #take(answer, time) {
    if (!this.#opened) return;
    if (answer?.result !== 'OK' || !Array.isArray(answer.calls)) return this.#fail(refusal('list', answer ?? {}));
    this.calls = answer.calls;
    this.answered = time;
    this.fresh = true;
    this.trouble = '';
    const clocks = this.calls.map((call) => call.parked_at + call.waited - Date.now() / 1000);
    if (clocks.length > 0) this.#ahead = Math.max(...clocks);
    this.#tell();
  }

  #fail(why) {
    if (!this.#opened) return;
    this.fresh = false;
    this.trouble = `No list. ${why}`;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event('change'));
  }
}
