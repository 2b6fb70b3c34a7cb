// A session with mod_verto: JSON-RPC over a WebSocket, which comes back by itself when it is lost.
//
// Events: `state` (see State), `request` with what the switch asks of us, `news` with what comes on event channels.

import { uuid } from './uuid.js';

/** @enum {string} */
export const State = { connecting: 'connecting', ready: 'ready', lost: 'lost', refused: 'refused' };

const ANSWER_LIMIT = 10_000;
const ALIVE_EVERY = 15_000;
const ALIVE_LIMIT = 4_000;
// mod_verto looks every 50 ms whether a connection is to end.
const OLD_ONE_ENDS = 500;
const FIRST_RETRY = 1_000;
const LAST_RETRY = 15_000;

// mod_verto's words for a user whom it knows, and who has another password.
const WRONG_PASSWORD = 'Authentication Failure';

/** The switch has answered, and says no. */
export class Refused extends Error {
  constructor({ message, code }) {
    super(message ?? 'refused');
    this.code = code;
  }
}

export class Verto extends EventTarget {
  #url;
  #login;
  #socket;
  #waiting = new Map();
  #asked = 0;
  #retry = FIRST_RETRY;
  #timers = new Set();
  #known;
  #again = false;
  session = uuid();
  state = State.connecting;
  /** The switch is there, but does not know the user for now: one that starts, or whose directory is down. */
  unknown = false;
  /** Why it is `refused`, in words. */
  why = '';

  /**
   * @param {string} url of the WebSocket
   * @param {{user: string, password: string}} login
   * @param {boolean} known whether the switch has let this login in before: then it waits until the switch does so again
   */
  constructor(url, login, known) {
    super();
    this.#url = url;
    this.#login = login;
    this.#known = known;
  }

  get user() {
    return this.#login.user;
  }

  start() {
    this.#clear();
    this.#enter(State.connecting);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    // A switch that does not answer at all is as good as none.
    this.#later(ANSWER_LIMIT, () => this.state === State.connecting && this.#lose(socket));
    socket.onopen = () => this.#signIn(socket);
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(data);
    socket.onclose = () => this.#lose(socket);
  }

  /** Ends it for good. */
  stop() {
    this.#clear();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    this.#forgetQuestions();
  }

  /** The network is back, or another: tries at once if it is waiting to, and looks whether the switch is still there. */
  hurry() {
    if (this.state === State.lost) this.start();
    else if (this.state === State.ready) this.isReallyThere();
  }

  /** Asks the switch; fails with Refused, or with the connection. */
  request(method, params = {}, limit = ANSWER_LIMIT) {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error('there is no connection'));
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#settle(id, { late: true }), limit);
      this.#waiting.set(id, { resolve, reject, late });
      socket.send(JSON.stringify({ jsonrpc: '2.0', method, params: { sessid: this.session, ...params }, id }));
    });
  }

  /** One verb of call park. */
  callpark(data) {
    return this.request('jsapi', { command: 'callpark', data });
  }

  /** Whether the switch is still there; when not, the connection counts as lost. */
  async isThere(limit = ANSWER_LIMIT) {
    const socket = this.#socket;
    try {
      await this.request('echo', {}, limit);
    } catch (error) {
      if (!(error instanceof Refused)) this.#lose(socket);
    }
    return socket !== undefined && socket === this.#socket;
  }

  /** The same, when there is a reason to doubt it. */
  isReallyThere() {
    return this.isThere(ALIVE_LIMIT);
  }

  async #signIn(socket) {
    try {
      if (this.#again) await this.#replace();
      if (socket !== this.#socket) return;
      const { user, password } = this.#login;
      await this.request('login', { login: user, passwd: password, loginParams: {}, userVariables: {} });
    } catch (error) {
      if (!(error instanceof Refused)) return this.#lose(socket);
      if (this.#known && error.message !== WRONG_PASSWORD) {
        this.unknown = true;
        return this.#lose(socket);
      }
      return this.#refuse('Signed out: the user or the password is wrong.');
    }
    this.#known = true;
    this.#again = true;
    this.unknown = false;
    this.#retry = FIRST_RETRY;
    this.#clear();
    this.#enter(State.ready);
    this.#watch(socket);
  }

  /**
   * Names the session before it signs in. Where mod_verto does not know yet that the old connection is lost, it ends that now.
   * If it did so only at the sign-in, the call that it offers to the new connection would be stopped with the old one.
   */
  async #replace() {
    await this.request('echo').catch((error) => {
      if (!(error instanceof Refused)) throw error;
    });
    await new Promise((done) => setTimeout(done, OLD_ONE_ENDS));
  }

  /** Asks now and then whether the switch is still there. */
  #watch(socket) {
    this.#later(ALIVE_EVERY, async () => {
      if ((await this.isThere()) && socket === this.#socket) this.#watch(socket);
    });
  }

  #refuse(why) {
    this.stop();
    this.why = why;
    this.#enter(State.refused);
  }

  #lose(socket) {
    if (!socket || socket !== this.#socket) return;
    this.#clear();
    this.#socket = undefined;
    socket.close();
    this.#forgetQuestions();
    const wait = this.#retry * (0.75 + Math.random() / 2);
    this.#retry = Math.min(this.#retry * 2, LAST_RETRY);
    this.#enter(State.lost);
    this.#later(wait, () => this.start());
  }

  #take(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    const { id, method, params } = message;
    if (!method) return this.#settle(id, message);
    if (method === 'verto.event') return this.dispatchEvent(new CustomEvent('news', { detail: params ?? {} }));
    if (method === 'verto.punt') return this.#refuse('Signed out: this session was taken over.');
    if (id !== undefined) this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: { method } }));
    this.dispatchEvent(new CustomEvent('request', { detail: { method, params: params ?? {} } }));
  }

  #settle(id, { result, error, late }) {
    const question = this.#waiting.get(id);
    if (!question) return;
    this.#waiting.delete(id);
    clearTimeout(question.late);
    if (late) question.reject(new Error('the switch has not answered in time'));
    else if (error) question.reject(new Refused(error));
    else question.resolve(result);
  }

  #forgetQuestions() {
    for (const { reject, late } of this.#waiting.values()) {
      clearTimeout(late);
      reject(new Error('the connection is lost'));
    }
    this.#waiting.clear();
  }

  #enter(state) {
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }

  #later(wait, what) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, wait);
    this.#timers.add(timer);
  }

  #clear() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
