// A session with mod_verto: JSON-RPC over a WebSocket, which comes back by itself when it is lost.
//
// Events: `state` (see State), `request` with what the switch asks of us, `news` with what comes on event channels.

/** @enum {string} */
export const State = { connecting: 'connecting', ready: 'ready', lost: 'lost', refused: 'refused' };

const ANSWER_LIMIT = 10_000;
// A retrieve that rings a phone is answered when the phone is.
const RING_LIMIT = 120_000;
const ALIVE_EVERY = 15_000;
const FIRST_RETRY = 1_000;
const LAST_RETRY = 15_000;

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
  #known = false;
  session = crypto.randomUUID();
  state = State.connecting;

  /** @param {string} url of the WebSocket  @param {{user: string, password: string}} login */
  constructor(url, login) {
    super();
    this.#url = url;
    this.#login = login;
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

  /** Tries at once, if it is waiting to. */
  hurry() {
    if (this.state === State.lost) this.start();
  }

  /** Asks the switch; fails with Refused, or with the connection. */
  request(method, params = {}, limit = ANSWER_LIMIT) {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error('no connection'));
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#settle(id, { late: true }), limit);
      this.#waiting.set(id, { resolve, reject, late });
      socket.send(JSON.stringify({ jsonrpc: '2.0', method, params: { sessid: this.session, ...params }, id }));
    });
  }

  /** One verb of call park. */
  callpark(data) {
    const limit = data.verb === 'retrieve' ? RING_LIMIT : ANSWER_LIMIT;
    return this.request('jsapi', { command: 'callpark', data }, limit);
  }

  async #signIn(socket) {
    try {
      const { user, password } = this.#login;
      await this.request('login', { login: user, passwd: password, loginParams: {}, userVariables: {} });
    } catch (error) {
      // Who was let in before is only to wait: a switch that starts does not know its users yet.
      if (!(error instanceof Refused) || this.#known) return this.#lose(socket);
      this.stop();
      return this.#enter(State.refused);
    }
    this.#known = true;
    this.#retry = FIRST_RETRY;
    this.#clear();
    this.#enter(State.ready);
    this.#watch(socket);
  }

  /** Asks now and then whether the switch is still there. */
  #watch(socket) {
    this.#later(ALIVE_EVERY, async () => {
      try {
        await this.request('echo');
      } catch (error) {
        if (!(error instanceof Refused)) return this.#lose(socket);
      }
      if (socket === this.#socket) this.#watch(socket);
    });
  }

  #lose(socket) {
    if (socket !== this.#socket) return;
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
    if (method === 'verto.punt') {
      this.stop();
      return this.#enter(State.refused);
    }
    if (id !== undefined) this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: { method } }));
    this.dispatchEvent(new CustomEvent('request', { detail: { method, params: params ?? {} } }));
  }

  #settle(id, { result, error, late }) {
    const question = this.#waiting.get(id);
    if (!question) return;
    this.#waiting.delete(id);
    clearTimeout(question.late);
    if (late) question.reject(new Error('no answer in time'));
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
