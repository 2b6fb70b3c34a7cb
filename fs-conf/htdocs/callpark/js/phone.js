// This page as a phone: one call at a time by WebRTC, to and from the switch. Event: `change`.

/** @enum {string} */
export const CallState = { calling: 'calling', ringing: 'ringing', talking: 'talking' };

// A browser that finds no more addresses in this time has found those that matter.
const GATHERING_LIMIT = 1_500;

const OVER = 'the call has ended';

/** Whether this browser and this page may use a microphone: only pages from https or from this very machine may. */
export const canTalk = () => Boolean(navigator.mediaDevices?.getUserMedia && globalThis.RTCPeerConnection);

export class Phone extends EventTarget {
  #verto;
  #sound;
  /** The call, or nothing: `{id, state, name, number, muted}`. */
  call;
  /** Why the last call ended, in words; empty when it just ended. */
  ending = '';

  /** @param {HTMLAudioElement} sound where the other party is heard */
  constructor(verto, sound) {
    super();
    this.#verto = verto;
    this.#sound = sound;
    verto.addEventListener('request', ({ detail }) => this.#asked(detail));
  }

  /** Calls a number. `party`: who is expected there. */
  async dial(number, party) {
    if (this.call) throw new Error('there is a call already');
    const call = this.#begin({ id: crypto.randomUUID(), state: CallState.calling, ...party });
    try {
      const connection = await this.#connection(call);
      await this.#send('verto.invite', call, {
        sdp: await this.#described(call, connection),
        dialogParams: { destination_number: number, caller_id_name: '', caller_id_number: '' },
      });
    } catch (error) {
      this.#end(call, whyNot(error));
    }
  }

  /** Takes the call that rings. */
  async answer() {
    const call = this.call;
    if (call?.state !== CallState.ringing) return;
    try {
      const connection = await this.#connection(call);
      await connection.setRemoteDescription({ type: 'offer', sdp: call.offer });
      await this.#send('verto.answer', call, { sdp: await this.#described(call, connection) });
      this.#update(call, { state: CallState.talking });
    } catch (error) {
      this.#giveUp(call, error);
    }
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

  /** The connection is gone, and the call with it. */
  close() {
    if (this.call) this.#end(this.call, 'the connection was lost');
  }

  async #asked({ method, params }) {
    if (method === 'verto.invite') return this.#rung(params);
    const call = this.call;
    if (!call || params.callID !== call.id) return;
    switch (method) {
      case 'verto.media':
      case 'verto.answer':
        try {
          if (params.sdp) await call.connection.setRemoteDescription({ type: 'answer', sdp: params.sdp });
          if (method === 'verto.answer') this.#update(call, { state: CallState.talking });
        } catch (error) {
          this.#giveUp(call, error);
        }
        break;
      case 'verto.display':
        this.#update(call, { name: params.display_name, number: params.display_number });
        break;
      case 'verto.bye':
        this.#end(call, ENDINGS[params.cause] ?? '');
        break;
    }
  }

  #rung({ callID: id, sdp: offer, caller_id_name: name, caller_id_number: number }) {
    if (this.call || !canTalk()) {
      this.#bye({ id }, 'USER_BUSY');
    } else {
      this.#begin({ id, offer, name, number, state: CallState.ringing });
    }
  }

  #bye(call, cause) {
    this.#send('verto.bye', call, { cause }).catch(() => {}); // it may be gone already
  }

  #send(method, { id }, { dialogParams, ...params }) {
    return this.#verto.request(method, { ...params, dialogParams: { callID: id, ...dialogParams } });
  }

  async #connection(call) {
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
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
    return connection;
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

const whyNot = ({ name, message }) =>
  name === 'NotAllowedError' || name === 'NotFoundError' ? 'no microphone' : message;

function gathered(connection) {
  if (connection.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    setTimeout(resolve, GATHERING_LIMIT);
    connection.addEventListener('icegatheringstatechange', () => {
      if (connection.iceGatheringState === 'complete') resolve();
    });
  });
}
