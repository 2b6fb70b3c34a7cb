// The panel: signs in, shows the parked calls of the user's domain, and does what is clicked.

import { SERVER } from '../server.js';
import { ParkedCalls } from './calls.js';
import { CallState, Phone, canTalk } from './phone.js';
import { State, Verto } from './verto.js';
import { Action, Table, ask, element, partyOf, show, write } from './view.js';

const KEPT = 'callpark-sign-in';
const NEWS_LAST = 10_000;
const KEYS = [...'123456789*0#'];

/** Everything of one sign-in: the session, the list, the phone. */
let desk;

const table = new Table(element('calls'), element('row'), [
  new Action('Pick up here', pickUpHere, { main: true, offered: canTalk }),
  new Action('Pick up on my phone', (call) => take('retrieve', call, `Ringing your phone for ${call.slot}…`)),
  new Action('Return to parker', (call) => take('return', call), { needsParker: true }),
  new Action('Transfer', transfer),
  new Action('Drop', drop, { end: true }),
]);

// Signing in and out

function signIn(login, { kept }) {
  const verto = new Verto(serverUrl(), login);
  const mine = { verto, list: new ParkedCalls(verto), phone: new Phone(verto, element('sound')), seen: null, down: false };
  const on = (target, type, changed) => target.addEventListener(type, () => desk === mine && changed());
  desk = mine;
  on(verto, 'state', stateChanged);
  on(desk.list, 'change', listChanged);
  on(desk.phone, 'change', callChanged);
  keep(login, kept);
  write(element('who'), login.user);
  verto.start();
}

function signOut(why = '') {
  const { phone, list, verto } = desk;
  desk = undefined;
  phone.hangUp();
  list.close();
  verto.stop();
  forget();
  table.show([], false);
  for (const id of ['who', 'connection', 'news', 'parked-at']) write(element(id), '');
  arrange(false);
  write(element('trouble'), why);
  element('user').focus();
}

/** Shows the panel, or the form to sign in. */
function arrange(signedIn) {
  show(element('sign-in'), !signedIn);
  for (const id of ['sign-out', 'mine', 'list']) show(element(id), signedIn);
}

function serverUrl() {
  return SERVER || `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`;
}

// The tab remembers who is signed in, a screen on the wall for longer.

function keep(login, stay) {
  forget();
  (stay ? localStorage : sessionStorage).setItem(KEPT, JSON.stringify(login));
}

function forget() {
  for (const store of [localStorage, sessionStorage]) store.removeItem(KEPT);
}

function remembered() {
  for (const store of [localStorage, sessionStorage]) {
    try {
      const login = JSON.parse(store.getItem(KEPT));
      if (login?.user) return { login, kept: store === localStorage };
    } catch {
      store.removeItem(KEPT);
    }
  }
  return null;
}

// What has changed

const WORDS = {
  [State.connecting]: 'Connecting',
  [State.ready]: 'Connected',
  [State.lost]: 'No connection',
};

function stateChanged() {
  const { verto, list, phone } = desk;
  const { state } = verto;
  if (state === State.refused) {
    return signOut('Signed out: the user or the password is wrong, or this session was taken over.');
  }
  arrange(true);
  const connection = element('connection');
  write(connection, WORDS[state]);
  connection.classList.toggle('ready', state === State.ready);
  if (state === State.ready) {
    desk.down = false;
    list.open();
  } else {
    desk.down ||= state === State.lost;
    list.close();
    phone.close();
  }
  trouble();
  callChanged();
}

function trouble() {
  const { down, list } = desk;
  const lost = 'The connection to the switch is lost. What you see may be old. Trying again by itself…';
  write(element('trouble'), down ? lost : list.trouble);
}

function listChanged() {
  const { list } = desk;
  const { calls, fresh } = list;
  table.show(calls, fresh);
  table.tick(list.now());
  const count = calls.length === 1 ? 'One caller waits.' : `${calls.length || 'No'} callers wait.`;
  write(element('count'), fresh || calls.length > 0 ? count : '');
  trouble();
  if (fresh) announce(calls);
}

/** Tells who does not look who has come. */
function announce(calls) {
  const { seen } = desk;
  desk.seen = new Set(calls.map(({ id }) => id));
  if (!seen) return; // they were there before
  const came = calls.filter(({ id, state }) => !seen.has(id) && state !== 'reserved');
  if (came.length > 0) tell(came.map((call) => `${partyOf(call)} is parked at ${call.slot}.`).join(' '));
}

function callChanged() {
  const { phone, verto } = desk;
  const { call, ending } = phone;
  const ready = verto.state === State.ready;
  write(element('call'), call ? describe(call) : ending ? `The call has ended: ${ending}.` : 'No call on this page.');
  show(element('answer'), call?.state === CallState.ringing);
  show(element('hang-up'), Boolean(call));
  show(element('mute'), call?.state === CallState.talking);
  show(element('keypad'), call?.state === CallState.talking);
  element('mute').setAttribute('aria-pressed', String(Boolean(call?.muted)));
  element('park').disabled = !ready || (call && call.state !== CallState.talking);
}

function describe({ state, name, number }) {
  const party = name && number && name !== number ? `${name} (${number})` : name || number || 'unknown caller';
  switch (state) {
    case CallState.calling:
      return `Calling ${party}…`;
    case CallState.ringing:
      return `${party} rings.`;
    default:
      return `Talking to ${party}.`;
  }
}

function tell(text) {
  clearTimeout(tell.over);
  write(element('news'), text);
  tell.over = setTimeout(() => write(element('news'), ''), NEWS_LAST);
}

// What is clicked

const placeOf = ({ lot, slot }) => ({ lot, slot });

const REFUSALS = {
  EMPTY: 'Nobody is there any more.',
  GONE: 'The caller has hung up.',
  SLOT_BUSY: 'Somebody else is at it.',
  FORBIDDEN: 'You may not do that.',
  BAD_PIN: 'That PIN is wrong.',
  LOT_FULL: 'All slots are taken.',
  FAILED: 'That did not work.',
};

const wordsFor = ({ result, message }) => [REFUSALS[result] ?? result, message].filter(Boolean).join(' ');

/** Asks call park; whether it has done it. What it says is told. */
async function does(data, done) {
  try {
    const answer = (await desk.verto.callpark(data)) ?? { result: 'FAILED' };
    if (answer.result === 'OK') {
      if (done) tell(done);
      return answer;
    }
    if (answer.result === 'BAD_PIN') return askPin(data, done);
    tell(wordsFor(answer));
  } catch (error) {
    tell(`That did not work: ${error.message}.`);
  }
  return null;
}

async function askPin(data, done) {
  const title = data.pin ? 'That PIN is wrong' : 'This slot has a PIN';
  const pin = await ask({ title, yes: 'Go on', field: 'PIN', kind: 'password' });
  return pin ? does({ ...data, pin }, done) : null;
}

/** Whether the call is still where the list has it: slots are used again. */
async function isThere(call) {
  const answer = await does({ verb: 'show', ...placeOf(call) });
  if (!answer) return false;
  if (answer.call?.id === call.id) return true;
  tell(REFUSALS.EMPTY);
  return false;
}

async function take(verb, call, meanwhile = '', more = {}) {
  if (!(await isThere(call))) return;
  if (meanwhile) tell(meanwhile);
  await does({ verb, ...placeOf(call), ...more }, `Done: ${partyOf(call)}, ${call.slot}.`);
}

async function pickUpHere(call) {
  if (!(await isThere(call))) return;
  await desk.phone.dial(`park+${call.slot}`, { name: call.caller_id_name, number: call.caller_id_number });
}

async function transfer(call) {
  const exten = await ask({ title: `Transfer ${partyOf(call)}`, yes: 'Transfer', field: 'To which number' });
  if (exten) await take('transfer', call, '', { exten });
}

async function drop(call) {
  const title = `Hang up on ${partyOf(call)}, who waits in ${call.slot}?`;
  if ((await ask({ title, yes: 'Hang up', end: true })) !== null) await take('drop', call);
}

/** Parks whom this page talks to; else whom the user's phone does. */
async function parkMine() {
  const { call } = desk.phone;
  const answer = await does({ verb: 'park', ...(call && { uuid: call.id, bleg: true }) });
  if (answer) showSlot(String(answer.slot));
}

function showSlot(slot) {
  const place = element('parked-at');
  const large = document.createElement('b');
  large.textContent = slot;
  place.replaceChildren('Parked at ', large);
}

// The page

element('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  const login = { user: element('user').value.trim(), password: element('password').value };
  element('password').value = '';
  write(element('trouble'), '');
  signIn(login, { kept: element('stay').checked });
});
element('sign-out').addEventListener('click', () => signOut());
element('park').addEventListener('click', parkMine);
element('answer').addEventListener('click', () => desk.phone.answer());
element('hang-up').addEventListener('click', () => desk.phone.hangUp());
element('mute').addEventListener('click', () => desk.phone.mute(!desk.phone.call?.muted));
for (const key of KEYS) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = key;
  button.addEventListener('click', () => desk.phone.key(key));
  element('keypad').append(button);
}

window.addEventListener('online', () => desk?.verto.hurry());
window.addEventListener('pagehide', () => desk?.phone.hangUp());
setInterval(() => desk && table.tick(desk.list.now()), 1000);

const known = remembered();
arrange(Boolean(known));
if (known) signIn(known.login, known);
