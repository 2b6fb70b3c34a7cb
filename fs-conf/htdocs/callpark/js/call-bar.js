// The call of this page, and what can be done with it.

import { Bell } from './bell.js';
import { CallState, canTalk } from './phone.js';
import { element, keepFocus, permit, show, write } from './view.js';
import { clock, Name } from './words.js';

const KEYS = [...'123456789*0#'];
const NO_CALL = canTalk()
  ? 'No call on this page.'
  : 'No calls on this page: the browser gives a microphone only to pages from https.';

const nameOf = ({ name, number }) => name || number || 'Unknown caller';

function describe(call) {
  const { name, number, state } = call;
  const party = [new Name(nameOf(call)), ...(name && number && name !== number ? [' (', new Name(number), ')'] : [])];
  switch (state) {
    case CallState.calling:
      return ['Calling ', ...party, '…'];
    case CallState.ringing:
      return [...party, ' rings.'];
    case CallState.answering:
      return ['Answering ', ...party, '…'];
    case CallState.talking:
      return ['Talking to ', ...party, '.'];
    default:
      return ['Cut off from ', ...party, '. Getting the call back…'];
  }
}

export class CallBar {
  #bell = new Bell();
  #phone;

  constructor() {
    element('keys').addEventListener('click', () => this.#open(element('keypad').hidden));
    for (const key of KEYS) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = key;
      button.addEventListener('click', () => this.#phone?.key(key));
      element('keypad').append(button);
    }
  }

  /** @param {import('./phone.js').Phone | undefined} phone  @param {boolean} ready whether the switch is there */
  show(phone, ready) {
    this.#phone = phone;
    keepFocus(
      () => this.#change(phone?.call, phone?.ending, ready),
      (had) => (element('mine').contains(had) ? document.querySelector('#mine .buttons button:not([hidden])') : null),
    );
  }

  #change(call, ending, ready) {
    const { state } = call ?? {};
    const talking = state === CallState.talking;
    const rings = state === CallState.ringing;
    write(element('call'), ...(call ? describe(call) : [ending ? `The call has ended: ${ending}.` : NO_CALL]));
    for (const [name, on] of Object.entries({ rings, busy: Boolean(call), cut: [CallState.lost, CallState.attaching].includes(state) })) {
      element('mine').classList.toggle(name, on);
    }
    show(element('answer'), rings);
    show(element('park'), !rings);
    show(element('hang-up'), Boolean(call));
    write(element('hang-up'), rings ? 'Decline' : 'Hang up');
    show(element('mute'), talking);
    show(element('keys'), talking);
    if (!talking) this.#open(false);
    element('mute').setAttribute('aria-pressed', String(Boolean(call?.muted)));
    element('park').classList.toggle('main', talking);
    permit(element('park'), !ready ? 'why-old' : call && !talking ? 'why-not-talking' : '');
    this.#bell.ring(rings ? nameOf(call) : '');
    this.tick();
  }

  #open(shown) {
    show(element('keypad'), shown);
    element('keys').setAttribute('aria-expanded', String(shown));
  }

  /** How long the call lasts. */
  tick() {
    const since = this.#phone?.call?.since;
    write(element('lasts'), since ? clock((Date.now() - since) / 1000) : '');
  }
}
