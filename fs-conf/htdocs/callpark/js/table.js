// The table of parked calls.

import { element, keepFocus, permit, show, whyNot, write } from './view.js';
import { clock, hasCaller, nextStep, parkerOf, partyOf, Name } from './words.js';

const SOON = 15; // seconds before a ring-back
const LONG = 60; // seconds of waiting
const TOO_LONG = 180;
const HOUR = 3600;
// How many rows a wall has room for at full size.
const WALL_ROWS = 7;

/** A button of a row. */
export class Action {
  /**
   * @param {string} label  what it says
   * @param {(call: object) => void} act  what it does
   * @param {{name?: string, main?: boolean, end?: boolean, more?: boolean, offered?: boolean, needsParker?: boolean,
   *   why?: () => string}} [how]  `name`: for who does not see the row; `more`: one of those that a small screen has behind a
   *   button; `why`: the id of what tells why it cannot be used now
   */
  constructor(label, act, how = {}) {
    Object.assign(this, { label, act, name: label, offered: true, ...how });
  }
}

/** A row for each call, kept as long as its call is there, so that the focus stays where it is. */
export class Table {
  #body;
  #template;
  #actions;
  #refused;
  #rows = new Map();
  #usable = false;

  /** @param {Action[]} actions  @param {(why: string) => void} refused what is told when one is used that cannot be */
  constructor(body, template, actions, refused) {
    this.#body = body;
    this.#template = template;
    this.#actions = actions.filter(({ offered }) => offered);
    this.#refused = refused;
  }

  /** @param {object[]} calls oldest first  @param {boolean} usable whether they can be acted on */
  show(calls, usable) {
    this.#usable = usable;
    const at = [...this.#body.children].findIndex((row) => row.contains(document.activeElement));
    keepFocus(
      () => this.#place(calls),
      // Not to a button: who is about to press the one that was there would take another caller.
      () => this.#body.children[Math.min(at, this.#body.children.length - 1)] ?? element('list-title'),
    );
    const lots = calls.some(({ lot }) => lot !== 'default');
    for (const row of this.#rows.values()) write(row.querySelector('.lot'), lots ? row.call.lot : '');
    this.#body.classList.toggle('stale', !usable);
    this.#body.classList.toggle('many', calls.length > WALL_ROWS);
    show(this.#body.parentElement, calls.length > 0);
  }

  #place(calls) {
    const rows = calls.map((call) => this.#row(call));
    const gone = new Set(this.#rows.keys());
    for (const { id } of calls) gone.delete(id);
    for (const id of gone) {
      this.#rows.get(id).remove();
      this.#rows.delete(id);
    }
    // A row that is where it should be is not touched: moving it would take the focus from it.
    rows.forEach((row, index) => {
      if (this.#body.children[index] !== row) this.#body.insertBefore(row, this.#body.children[index] ?? null);
    });
  }

  /** Something else than the calls has changed of what can be done. */
  permit() {
    for (const row of this.#rows.values()) this.#permit(row);
  }

  /** @param {number} now epoch seconds */
  tick(now) {
    for (const row of this.#rows.values()) {
      const { call } = row;
      const waited = now - call.parked_at;
      write(row.querySelector('.waiting'), hasCaller(call) ? clock(waited) : '');
      write(row.querySelector('.due'), nextStep(call, now));
      const soon = call.state === 'parked' && call.timeout_at !== null && call.timeout_at - now <= SOON;
      row.classList.toggle('soon', soon);
      row.classList.toggle('long', waited >= LONG);
      row.classList.toggle('too-long', waited >= TOO_LONG);
      row.classList.toggle('hours', waited >= HOUR);
    }
  }

  #row(call) {
    const row = this.#rows.get(call.id) ?? this.#begin(call);
    row.call = call;
    const { caller_id_name: name, caller_id_number: number } = call;
    const reserved = !hasCaller(call);
    const parker = new Name(parkerOf(call));
    write(row.querySelector('.slot b'), call.slot);
    write(row.querySelector('.caller b'), ...(reserved ? ['Reserved', ...(parker.text ? [' by ', parker] : [])] : [partyOf(call)]));
    write(row.querySelector('.number'), !reserved && name && name !== number ? number : '');
    write(row.querySelector('.label'), call.label ? new Name(call.label) : '');
    write(row.querySelector('.parker'), reserved ? '' : parker);
    row.classList.toggle('rings', call.state === 'ringing');
    row.classList.toggle('on-its-way', reserved || call.state === 'claimed');
    this.#permit(row);
    return row;
  }

  #permit(row) {
    const { call } = row;
    for (const button of row.querySelectorAll('[data-action]')) {
      const action = this.#actions[button.dataset.action];
      // With the slot: who does not see the row hears which one it is.
      button.setAttribute('aria-label', `${action.name}, ${call.slot}`);
      permit(button, this.#why(call, action));
    }
    row.querySelector('.toggle').setAttribute('aria-label', `More for ${call.slot}`);
  }

  #why({ state, parked_by: parker }, action) {
    if (!this.#usable) return 'why-old';
    if (state === 'reserved' || state === 'claimed') return `why-${state}`;
    if (action.needsParker && !parker) return 'why-no-parker';
    return action.why?.() ?? '';
  }

  #begin(call) {
    const row = this.#template.content.firstElementChild.cloneNode(true);
    row.call = call;
    const others = document.createElement('div');
    others.className = 'others';
    others.id = `more-${call.id}`;
    const buttons = this.#actions.map((action, index) => [action, this.#button(row, action, index)]);
    others.append(...buttons.filter(([{ more }]) => more).map(([, button]) => button));
    const first = buttons.filter(([{ more }]) => !more).map(([, button]) => button);
    row.querySelector('.actions').append(...first, toggle(others), others);
    this.#rows.set(call.id, row);
    return row;
  }

  #button(row, action, index) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = action.label;
    button.className = action.main ? 'main' : action.end ? 'end' : '';
    button.dataset.action = index;
    button.addEventListener('click', ({ detail: clicks }) => {
      if (clicks > 1) return; // the second of a double click is nothing new
      if (whyNot(button)) this.#refused(whyNot(button));
      else action.act(row.call);
    });
    return button;
  }
}

/** The button that opens the rest of a row's buttons where there is no room for all. */
function toggle(others) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'toggle';
  button.textContent = 'More';
  button.setAttribute('aria-controls', others.id);
  const open = (shown) => {
    button.setAttribute('aria-expanded', String(shown));
    others.classList.toggle('open', shown);
  };
  open(false);
  button.addEventListener('click', () => open(!others.classList.contains('open')));
  others.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || getComputedStyle(button).display === 'none') return;
    open(false);
    button.focus();
  });
  return button;
}
