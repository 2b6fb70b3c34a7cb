// This page as a phone: one call at a time by WebRTC, to and from the switch. Event: `change`.

import { uuid } from './uuid.js';

/**
 * `lost`: the connection to the switch was lost while the call was talked on. The switch keeps such a call for a while, and
 * offers it again to the session when it is back: then it is `attaching`.
 * @enum {string}
 */
export const CallState = {
  calling: 'calling',
  ringing: 'ringing',
  answering: 'answering',
  talking: 'talking',
  lost: 'lost',
  attaching: 'attaching',
};

// A browser that finds no more addresses in this time has found those that matter.
const GATHERING_LIMIT = 1_500;

const OVER = 'the call has ended';
const CONNECTION_LOST = 'the connection was lost';

/** Whether this browser and this page may use a microphone: only pages from https or from this very machine may. */
export const canTalk = () => Boolean(navigator.mediaDevices?.getUserMedia && globalThis.RTCPeerConnection);

export class Phone extends EventTarget {
  #verto;
  #sound;
  #takesCalls;
  /** The call, or nothing: `{id, state, name, number, muted, since}`; `since` in ms, from when on it is talked. */
  call;
  /** Why the last call ended, in words; empty when it just ended. */
  ending = '';

  /** @param {HTMLAudioElement} sound where the other party is heard  @param {boolean} takesCalls whether it can be called */
  constructor(verto, sound, takesCalls = true) {
    super();
    this.#verto = verto;
    this.#sound = sound;
    this.#takesCalls = takesCalls;
    verto.addEventListener('request', ({ detail }) => this.#asked(detail));
  }

  /**
   * Calls a number. `party`: who is expected there. `check` is asked at the last moment: microphone and addresses take their
   * time, in which another party may have come there. It tells itself why it says no.
   */
  async dial(number, party, check) {
    if (this.call) return;
    const call = this.#begin({ id: uuid(), state: CallState.calling, ...party });
    let sent = false;
    try {
      const connection = await this.#connection(call);
      const sdp = await this.#described(call, connection);
      if (!(await check())) return this.#end(call);
      if (this.call !== call) return;
      sent = true;
      await this.#send('verto.invite', call, {
        sdp,
        dialogParams: { destination_number: number, caller_id_name: '', caller_id_number: '' },
      });
    } catch (error) {
      // Who talks by now needs no answer to the call any more.
      if (this.call !== call || call.state !== CallState.calling) return;
      if (sent) this.#bye(call, 'ORIGINATOR_CANCEL');
      this.#end(call, whyNot(error));
    }
  }

  /** Takes the call that rings. */
  async answer() {
    const call = this.call;
    if (call?.state !== CallState.ringing) return;
    this.#update(call, { state: CallState.answering });
    await this.#accept(call, 'verto.answer');
  }

  hangUp(cause = this.call?.state === CallState.ringing ? 'CALL_REJECTED' : 'NORMAL_CLEARING') {
    const call = this.call;
    if (!call) return;
    this.#bye(call, cause);
    this.#end(call);
  }

  mute(muted) {
    for (const track of this.call?.microphone?.getTracks() ?? []) track.enabled = !muted;
    if (this.call) this.#update(this.call, { muted });
  }

  key(key) {
    if (this.call) this.#send('verto.info', this.call, { dtmf: key }).catch(() => {});
  }

  /** The connection to the switch is gone, and with it each call that was not talked on yet. */
  lose() {
    const call = this.call;
    if (!call) return;
    if ([CallState.talking, CallState.lost, CallState.attaching].includes(call.state)) {
      this.#update(call, { state: CallState.lost });
    } else {
      this.#end(call, CONNECTION_LOST);
    }
  }

  async #asked({ method, params }) {
    if (method === 'verto.invite') return this.#rung(params);
    if (method === 'verto.attach') return this.#attach(params);
    if (method === 'verto.clientReady') return this.#attached(params.reattached_sessions ?? []);
    const call = this.call;
    const answers = method === 'verto.media' || method === 'verto.answer';
    if (!call || params.callID !== call.id) {
      // Nobody is here for that call: its other party is not to wait for us.
      if (answers && params.callID) this.#bye({ id: params.callID }, 'NORMAL_CLEARING');
    } else if (answers) {
      await this.#answered(call, method, params);
    } else if (method === 'verto.display') {
      const { display_name: name, display_number: number } = params;
      if (name || number) this.#update(call, { name, number });
    } else if (method === 'verto.bye') {
      this.#end(call, ENDINGS[params.cause] ?? '');
    }
  }

  #rung({ callID: id, sdp: offer, caller_id_name: name, caller_id_number: number }) {
    if (this.call || !this.#takesCalls || !canTalk()) {
      this.#bye({ id }, 'USER_BUSY');
    } else {
      this.#begin({ id, offer, name, number, state: CallState.ringing });
    }
  }

  async #answered(call, method, { sdp }) {
    try {
      if (sdp) await call.connection.setRemoteDescription({ type: 'answer', sdp });
      if (method === 'verto.answer') this.#talk(call);
    } catch (error) {
      this.#giveUp(call, error);
    }
  }

  /** The switch has kept a call of this session while the connection was lost, and offers it again. */
  #attach({ callID: id, sdp: offer }) {
    const call = this.call;
    if (call?.id !== id) return this.#bye({ id }, 'NORMAL_CLEARING');
    call.connection?.close();
    call.connection = undefined;
    this.#update(call, { offer, state: CallState.attaching });
    return this.#accept(call, 'verto.attach');
  }

  /** All that it has kept are offered by now. */
  #attached(calls) {
    const call = this.call;
    if (call?.state === CallState.lost && !calls.includes(call.id)) this.#end(call, CONNECTION_LOST);
  }

  /** Takes what the switch offers. */
  async #accept(call, method) {
    let connection;
    try {
      connection = await this.#connection(call);
      await connection.setRemoteDescription({ type: 'offer', sdp: call.offer });
      await this.#send(method, call, { sdp: await this.#described(call, connection) });
      this.#talk(call);
    } catch (error) {
      // The connection is lost again: then it is offered again.
      const offeredAgain = call.state === CallState.lost || call.connection !== connection;
      if (!offeredAgain) this.#giveUp(call, error);
    }
  }

  #bye(call, cause) {
    this.#send('verto.bye', call, { cause }).catch(() => {}); // it may be gone already
  }

  #send(method, { id }, { dialogParams, ...params }) {
    return this.#verto.request(method, { ...params, dialogParams: { callID: id, ...dialogParams } });
  }

  async #connection(call) {
    const microphone = call.microphone ?? (await navigator.mediaDevices.getUserMedia({ audio: true }));
    if (this.call !== call) {
      stop(microphone);
      throw new Error(OVER);
    }
    call.microphone = microphone;
    const connection = new RTCPeerConnection();
    call.connection = connection;
    for (const track of microphone.getTracks()) connection.addTrack(track, microphone);
    connection.ontrack = ({ streams: [stream], track }) => {
      this.#sound.srcObject = stream ?? new MediaStream([track]);
    };
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === 'failed') this.#failed(call, connection);
    };
    return connection;
  }

  /** No sound gets through any more. With the connection to the switch gone as well, the call is only lost for now. */
  async #failed(call, connection) {
    if (!(await this.#verto.isReallyThere())) return;
    if (call.connection === connection) this.#giveUp(call, new Error('the sound found no way'));
  }

  /** What the switch is to know of our side. Who hangs up meanwhile is gone: no call of theirs may reach the switch. */
  async #described(call, connection) {
    await connection.setLocalDescription();
    await gathered(connection);
    if (this.call !== call) throw new Error(OVER);
    return connection.localDescription.sdp;
  }

  #begin(call) {
    this.ending = '';
    this.call = call;
    this.#tell();
    return call;
  }

  #talk(call) {
    this.#update(call, { state: CallState.talking, since: call.since ?? Date.now() });
  }

  #update(call, change) {
    if (this.call !== call) return;
    Object.assign(call, change);
    this.#tell();
  }

  /** Ends a call that cannot be had; another one that came after it goes on. */
  #giveUp(call, error) {
    if (this.call === call) this.#bye(call, 'INCOMPATIBLE_DESTINATION');
    this.#end(call, whyNot(error));
  }

  #end(call, why = '') {
    call.connection?.close();
    if (call.microphone) stop(call.microphone);
    if (this.call !== call) return;
    this.#sound.srcObject = null;
    this.ending = why;
    this.call = undefined;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event('change'));
  }
}

const ENDINGS = {
  USER_BUSY: 'busy',
  CALL_REJECTED: 'refused',
  NO_ANSWER: 'no answer',
  NO_ROUTE_DESTINATION: 'nobody there',
  UNALLOCATED_NUMBER: 'nobody there',
};

const stop = (stream) => stream.getTracks().forEach((track) => track.stop());

const NO_MICROPHONE = ['NotAllowedError', 'NotFoundError', 'NotReadableError'];

const whyNot = ({ name, message }) => (NO_MICROPHONE.includes(name) ? 'no microphone' : message);

function gathered(connection) {
  if (connection.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    setTimeout(resolve, GATHERING_LIMIT);
    connection.addEventListener('icegatheringstatechange', () => {
      if (connection.iceGatheringState === 'complete') resolve();
    });
  });
}
