// What is done with parked calls when it is clicked.

import { ask } from './view.js';
import { failure, partyOf, refusal } from './words.js';

// The slot, and who is meant to be in it: slots are used again.
const placeOf = ({ lot, slot, id }) => ({ lot, slot, id });

export class Acts {
  #verto;
  #phone;
  #tell;

  /** @param {(parts: any[], how?: object) => void} tell says what came of it */
  constructor(verto, phone, tell) {
    this.#verto = verto;
    this.#phone = phone;
    this.#tell = tell;
  }

  /** Asks call park; its answer, or nothing when it has not done it: then that is told. */
  async #does(data) {
    try {
      const answer = (await this.#verto.callpark(data)) ?? {};
      if (answer.result === 'OK') return answer;
      if (answer.result === 'BAD_PIN') return await this.#askPin(data);
      this.#tell([refusal(data.verb, answer)], { stays: true });
    } catch (error) {
      this.#tell([failure(error)], { stays: true });
    }
    return null;
  }

  async #askPin(data) {
    const title = [data.pin ? 'That PIN is wrong' : 'This slot has a PIN'];
    const pin = await ask({ title, yes: 'Go on', field: 'PIN', kind: 'password' });
    return pin ? this.#does({ ...data, pin }) : null;
  }

  async pickUpHere(call) {
    const party = { name: call.caller_id_name, number: call.caller_id_number };
    await this.#phone.dial(`park+${call.slot}`, party, () => this.#does({ verb: 'show', ...placeOf(call) }));
  }

  async pickUpOnPhone(call) {
    this.#tell([`Ringing your phone for ${call.slot}…`]);
    const answer = await this.#does({ verb: 'retrieve', ...placeOf(call) });
    if (answer?.ringing) this.#tell(['Your phone rings: ', partyOf(call), `, ${call.slot}.`], { about: [call.id] });
    else if (answer) this.#tell(['You have got ', partyOf(call), '.']);
  }

  async returnToParker(call) {
    if (await this.#does({ verb: 'return', ...placeOf(call) })) {
      this.#tell(['The phone of the parker rings: ', partyOf(call), `, ${call.slot}.`], { about: [call.id] });
    }
  }

  async transfer(call) {
    const title = ['Transfer ', partyOf(call)];
    const exten = await ask({ title, yes: 'Transfer', field: 'To which number' });
    if (exten && (await this.#does({ verb: 'transfer', ...placeOf(call), exten }))) {
      this.#tell([partyOf(call), ` was transferred to ${exten}.`]);
    }
  }

  async drop(call) {
    const title = ['Hang up on ', partyOf(call), `, who waits in ${call.slot}?`];
    if ((await ask({ title, yes: 'Hang up', end: true })) === null) return;
    if (await this.#does({ verb: 'drop', ...placeOf(call) })) this.#tell([partyOf(call), ' was hung up on.']);
  }

  /** Parks whom this page talks to; else whom the user's phone does. The slot and the park id. */
  async park() {
    const { call } = this.#phone;
    return this.#does({ verb: 'park', ...(call && { uuid: call.id, bleg: true }) });
  }
}
