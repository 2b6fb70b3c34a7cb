// What the page says: of calls, and of what the switch answers.

/** A text from outside, such as a caller's name: it may be written from right to left, and is kept to itself. */
export class Name {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/** Minutes and seconds. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** How a call is called where its slot is not enough. */
export const partyOf = ({ caller_id_name: name, caller_id_number: number }) =>
  new Name(name || number || 'unknown caller');

/** Whether the caller is in the slot: a slot that is held for a call on its way has none. */
export const hasCaller = ({ state }) => state !== 'reserved';

/** Who parked it, without the domain, which is everybody's here. */
export const parkerOf = ({ parked_by: parker }) => (parker ?? '').split('@')[0];

const STATES = {
  reserved: 'Being parked',
  claimed: 'Being picked up',
  ringing: 'Rings back now',
};

/**
 * What happens to the call next, and when. That its parker will be rung is only sure of the first time: the list does not tell
 * how often a lot rings, nor what comes after.
 */
export function nextStep({ state, timeout_at: due, parked_by: parker, attempts }, now) {
  if (STATES[state]) return STATES[state];
  if (due === null) return '';
  return `${parker && attempts === 0 ? 'Rings back in' : 'Next step in'} ${clock(due - now)}`;
}

/** How many wait. */
export function howMany(calls) {
  const callers = calls.filter(hasCaller).length;
  if (callers === 0) return 'Nobody is waiting.';
  return callers === 1 ? '1 caller is waiting.' : `${callers} callers are waiting.`;
}

const REFUSALS = {
  EMPTY: 'That caller is not there any more.',
  GONE: 'The caller has hung up.',
  SLOT_BUSY: 'That slot is taken.',
  FORBIDDEN: 'You may not do that.',
  LOT_FULL: 'All slots are taken.',
  NO_SUCH_LOT: 'There is no such lot.',
  NO_SUCH_SLOT: 'There is no such slot.',
  NOT_ANSWERED: 'That call is not answered yet.',
  ALREADY_PARKED: 'That call is parked already.',
  DRAINING: 'Call park takes no more calls at the moment.',
  USAGE: 'The switch does not understand this page: it may be of another version.',
  FAILED: 'That did not work. The log of the switch tells why.',
};

// What a code means where it is not what it usually means.
const OF_VERB = {
  park: { GONE: 'You are in no call that could be parked.', FORBIDDEN: 'You may not park that call.' },
  retrieve: { FAILED: 'Your phone cannot be rung: it is not there, or rings already.' },
  return: { FAILED: "The parker's phone cannot be rung." },
  transfer: { USAGE: 'That is no number to transfer to.' },
};

/** What an answer of call park that is not OK means. */
export const refusal = (verb, { result }) => OF_VERB[verb]?.[result] ?? REFUSALS[result] ?? REFUSALS.FAILED;

// JSON-RPC's codes as mod_verto uses them.
const NO_SUCH_METHOD = -32601;
const NOT_PERMITTED = -32602;

/** Why a request got no answer of call park. */
export function failure({ code, message }) {
  if (code === NO_SUCH_METHOD || code === NOT_PERMITTED) {
    return 'Call park is not there: it is not loaded, or this user may not use it.';
  }
  return `That did not work: ${message}.`;
}
