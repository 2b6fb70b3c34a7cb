// The panel: signs in, shows the parked calls of the user's domain, and does what is clicked.

import { SERVER } from '../server.js';
import { Acts } from './acts.js';
import { CallBar } from './call-bar.js';
import { ParkedCalls } from './calls.js';
import { forget, keep, remembered } from './kept.js';
import { News } from './news.js';
import { Phone, canTalk } from './phone.js';
import { Action, Table } from './table.js';
import { State, Verto } from './verto.js';
import { closeQuestions, element, keepFocus, permit, show, whyNot, write } from './view.js';
import { hasCaller, howMany, partyOf } from './words.js';

/** A display for all to look at, and not to touch. */
const WALL = new URLSearchParams(location.search).has('wall');

const submit = element('sign-in').querySelector('[type=submit]');

/** Everything of one sign-in: the session, the list, the phone, what is done, and whom the page parked last. */
let desk;

const news = new News();
const tell = (parts, how) => news.tell(parts, how);
const callBar = new CallBar();

const busy = () => (desk?.phone.call ? 'why-busy' : '');
const onPhone = canTalk() ? 'On my phone' : 'Pick up on my phone';
const table = new Table(
  element('calls'),
  element('row'),
  [
    new Action('Pick up here', (call) => desk.acts.pickUpHere(call), { main: true, offered: canTalk(), why: busy }),
    new Action(onPhone, (call) => desk.acts.pickUpOnPhone(call), { name: 'Pick up on my phone', main: !canTalk() }),
    new Action('Return', (call) => desk.acts.returnToParker(call), {
      name: 'Return to parker',
      more: true,
      needsParker: true,
    }),
    new Action('Transfer', (call) => desk.acts.transfer(call), { more: true }),
    new Action('Drop', (call) => desk.acts.drop(call), { more: true, end: true }),
  ],
  (why) => tell([why]),
);

// Signing in and out

function signIn(login, { kept, known }) {
  if (desk) leave();
  const verto = new Verto(serverUrl(), login, known);
  const phone = new Phone(verto, element('sound'), !WALL);
  // Only what this sign-in has to say counts: nothing of one that is over.
  const own = (act) => (...what) => desk?.verto === verto && act(...what);
  const acts = new Acts(verto, phone, own(tell));
  desk = { verto, phone, acts, login, kept, list: new ParkedCalls(verto), seen: null, down: false, parked: null };
  verto.addEventListener('state', own(stateChanged));
  desk.list.addEventListener('change', own(listChanged));
  phone.addEventListener('change', own(callChanged));
  write(element('who'), login.user);
  element('sign-out').title = login.user;
  if (known) arrange(true);
  verto.start();
}

/** Ends the sign-in. */
function leave() {
  const { phone, list, verto } = desk;
  phone.hangUp();
  list.close();
  verto.stop();
  desk = undefined;
  closeQuestions();
  news.clear();
}

function signOut(why = '') {
  const { user } = desk.verto;
  leave();
  forget();
  table.show([], false);
  callBar.show(undefined, false);
  for (const id of ['who', 'connection', 'parked-at', 'count']) write(element(id), '');
  arrange(false);
  write(element('trouble'), why);
  element('user').value = why ? user : '';
  element(why ? 'password' : 'user').focus();
}

/** Shows the panel, or the form to sign in. */
function arrange(signedIn) {
  keepFocus(
    () => {
      show(element('sign-in'), !signedIn);
      show(element('list'), signedIn);
      for (const id of ['sign-out', 'mine']) show(element(id), signedIn && !WALL);
      permit(submit, '');
      document.body.classList.toggle('signed-in', signedIn);
    },
    () => (signedIn ? element('list-title') : null), // the form's field is up to whoever signs out
  );
}

function serverUrl() {
  return SERVER || `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`;
}

// What has changed

function stateChanged() {
  const { verto, list, phone, login, kept } = desk;
  const { state } = verto;
  if (state === State.refused) return signOut(verto.why);
  if (state === State.ready) {
    desk.down = false;
    keep(login, kept);
    arrange(true);
    list.open();
  } else {
    desk.down ||= state === State.lost;
    list.close();
    phone.lose();
    if (state === State.lost) permit(submit, '');
  }
  const connection = element('connection');
  // While it tries again and again it is told once.
  write(connection, state === State.ready ? 'Connected' : desk.down ? 'No connection' : 'Connecting');
  connection.classList.toggle('ready', state === State.ready);
  connection.classList.toggle('down', desk.down);
  trouble();
  callChanged();
}

function trouble() {
  const { down, list, verto } = desk;
  if (!down) return write(element('trouble'), list.trouble);
  const old = list.calls.length > 0 ? ' What you see may be old.' : '';
  const what = verto.unknown
    ? `The switch does not know ${verto.user} at the moment.`
    : 'There is no connection to the switch.';
  write(element('trouble'), `${what}${old} Trying again by itself…`);
}

function listChanged() {
  const { list } = desk;
  const { calls, fresh } = list;
  table.show(calls, fresh);
  tick();
  const unknown = desk.down || list.trouble ? 'Who is waiting is not known.' : '';
  write(element('count'), fresh || calls.length > 0 ? howMany(calls) : unknown);
  element('list').classList.toggle('empty', calls.length === 0);
  trouble();
  if (!fresh) return;
  announce(calls);
  followParked(list);
}

/** Tells who does not look who has come. */
function announce(calls) {
  const { seen } = desk;
  const callers = calls.filter(hasCaller);
  desk.seen = new Set(callers.map(({ id }) => id));
  news.only(desk.seen);
  // The first ones were there before, and whom this page has parked it has told already.
  const came = seen ? callers.filter(({ id }) => !seen.has(id) && id !== desk.parked?.id) : [];
  if (came.length === 0) return;
  const parts = came.flatMap((call) => [partyOf(call), ` is parked at ${call.slot}. `]);
  tell([...parts.slice(0, -1), parts.at(-1).trimEnd()], { about: came.map(({ id }) => id) });
}

function callChanged() {
  const { phone, verto } = desk;
  callBar.show(phone, verto.state === State.ready);
  table.permit();
}

async function parkMine() {
  const mine = desk;
  const answer = await mine.acts.park();
  if (!answer || desk !== mine) return;
  // Lists that were asked for until now may not have it yet.
  desk.parked = { id: answer.id, after: desk.list.asked };
  news.clear(); // it was of the call before
  showParkedAt(String(answer.slot));
  desk.list.refresh();
}

/** The slot is shown as long as whom we parked is in it. */
function followParked({ calls, answered }) {
  const { parked } = desk;
  if (!parked) return;
  const call = calls.find(({ id }) => id === parked.id);
  if (call) return showParkedAt(call.slot);
  if (answered <= parked.after) return;
  desk.parked = null;
  write(element('parked-at'), '');
}

function showParkedAt(slot) {
  const place = element('parked-at');
  if (place.querySelector('b')?.textContent === slot) return;
  const large = document.createElement('b');
  large.textContent = slot;
  place.replaceChildren('Parked at ', large);
}

// The page

function tick() {
  if (WALL) write(element('time'), new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
  if (!desk) return;
  table.tick(desk.list.now());
  callBar.tick();
}

/** Does it, or tells why it cannot be done. */
function on(id, act) {
  element(id).addEventListener('click', ({ currentTarget: button, detail: clicks }) => {
    if (clicks > 1) return; // the second of a double click is nothing new
    if (whyNot(button)) tell([whyNot(button)]);
    else act();
  });
}

element('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  if (whyNot(submit)) return;
  permit(submit, 'why-signing-in');
  const login = { user: element('user').value.trim(), password: element('password').value };
  write(element('trouble'), '');
  signIn(login, { kept: element('stay').checked, known: false });
  element('password').value = '';
});
on('sign-out', () => signOut());
on('park', parkMine);
on('answer', () => desk.phone.answer());
on('hang-up', () => desk.phone.hangUp());
on('mute', () => desk.phone.mute(!desk.phone.call?.muted));

window.addEventListener('online', () => desk?.verto.hurry());
window.addEventListener('pagehide', () => desk?.phone.hangUp());
setInterval(tick, 1000);

document.body.classList.toggle('wall', WALL);
show(element('time'), WALL);
element('stay').checked = WALL;
const known = remembered();
arrange(Boolean(known));
if (known) signIn(known.login, { kept: known.kept, known: true });
