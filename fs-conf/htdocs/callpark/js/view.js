// What is seen. Everything that comes from outside is put in as text, never as markup.

/** @param {string} id */
export const element = (id) => document.getElementById(id);

/** Shows a text; a text that is there already is not announced again. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function show(node, shown) {
  node.hidden = !shown;
}

/** Minutes and seconds. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** How a call is called where its slot is not enough. */
export const partyOf = ({ caller_id_name: name, caller_id_number: number }) => name || number || 'unknown caller';

const STATES = {
  reserved: 'is being parked',
  claimed: 'is being picked up',
  ringing: 'rings back now',
};

/** A button of a row. */
export class Action {
  /**
   * @param {string} label  what it says
   * @param {(call: object) => void} act  what it does
   * @param {{main?: boolean, end?: boolean, offered?: () => boolean, needsParker?: boolean}} [how]
   */
  constructor(label, act, how = {}) {
    Object.assign(this, { label, act, ...how });
  }
}

/** The table of parked calls: a row each, kept as long as its call is there, so that the focus stays where it is. */
export class Table {
  #body;
  #template;
  #actions;
  #rows = new Map();

  /** @param {Action[]} actions */
  constructor(body, template, actions) {
    this.#body = body;
    this.#template = template;
    this.#actions = actions;
  }

  /** @param {object[]} calls oldest first  @param {boolean} usable whether they can be acted on */
  show(calls, usable) {
    const rows = calls.map((call) => this.#row(call, usable));
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
    this.#body.classList.toggle('stale', !usable);
  }

  /** @param {number} now epoch seconds */
  tick(now) {
    for (const row of this.#rows.values()) {
      const { parked_at: since, timeout_at: due, state } = row.call;
      write(row.querySelector('.waiting'), clock(now - since));
      write(row.querySelector('.due'), STATES[state] ?? (due === null ? '' : clock(due - now)));
    }
  }

  #row(call, usable) {
    const row = this.#rows.get(call.id) ?? this.#begin(call);
    const moved = row.call.slot !== call.slot;
    row.call = call;
    write(row.querySelector('.slot'), call.slot);
    write(row.querySelector('.caller b'), partyOf(call));
    write(row.querySelector('.caller span'), call.caller_id_name ? call.caller_id_number : '');
    write(row.querySelector('.parker'), (call.parked_by ?? '').split('@')[0]);
    row.classList.toggle('rings', call.state === 'ringing');
    const free = usable && (call.state === 'parked' || call.state === 'ringing');
    const buttons = row.querySelectorAll('button');
    this.#actions.forEach((action, index) => {
      const button = buttons[index];
      if (moved) name(button, action, call);
      button.disabled = !free || (action.needsParker && !call.parked_by);
      show(button, action.offered?.() ?? true);
    });
    return row;
  }

  #begin(call) {
    const row = this.#template.content.firstElementChild.cloneNode(true);
    row.call = call;
    for (const action of this.#actions) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = action.label;
      button.className = action.main ? 'main' : action.end ? 'end' : '';
      button.addEventListener('click', () => action.act(row.call));
      name(button, action, call);
      row.querySelector('.buttons').append(button);
    }
    this.#rows.set(call.id, row);
    return row;
  }
}

/** With the slot: who does not see the row hears which one it is. */
function name(button, { label }, { slot }) {
  button.setAttribute('aria-label', `${label}, ${slot}`);
}

/** Asks something; what was typed (or an empty text) when it is to be, `null` when not. */
export function ask({ title, yes, field, kind = 'text', end = false }) {
  const dialog = element('question');
  const [label, input] = [element('question-field'), dialog.querySelector('input')];
  const button = dialog.querySelector('[value=yes]');
  element('question-title').textContent = title;
  button.textContent = yes;
  button.className = end ? 'end' : 'main';
  show(label, Boolean(field));
  label.querySelector('span').textContent = field ?? '';
  input.required = Boolean(field);
  input.type = kind;
  input.value = '';
  dialog.returnValue = 'no';
  // Enter in the field means yes: the first button of a form is what it presses.
  input.onkeydown = (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    button.click();
  };
  dialog.showModal();
  (field ? input : dialog.querySelector('[value=no]')).focus();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === 'yes' ? input.value.trim() : null);
  });
}
