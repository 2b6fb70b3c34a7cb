// A call that rings is heard, and seen in the title of the page, also while another page is before it.

const TITLE = document.title;
const RING = 1; // seconds of sound
const PAUSE = 3;
const RINGS = 60;
const LOUD = 0.2;

export class Bell {
  #audio;
  #tone;

  /** Browsers let a page sound only after somebody has done something on it. */
  constructor() {
    for (const gesture of ['pointerup', 'keydown']) {
      window.addEventListener(gesture, () => (this.#audio ??= new AudioContext()), { once: true });
    }
  }

  /** @param {string} who rings; empty: nobody */
  ring(who) {
    document.title = who ? `\u2068${who}\u2069 rings – ${TITLE}` : TITLE;
    if (Boolean(who) === Boolean(this.#tone)) return;
    if (who) {
      this.#begin();
    } else {
      this.#tone.stop();
      this.#tone = undefined;
    }
  }

  /** Two tones in turn, as phones ring. */
  #begin() {
    const audio = this.#audio;
    if (!audio) return;
    audio.resume().catch(() => {}); // without a sound card it is only seen
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    volume.gain.value = 0;
    let at = audio.currentTime;
    for (let ring = 0; ring < RINGS; ring += 1) {
      for (let half = 0; half < 10; half += 1) {
        tone.frequency.setValueAtTime(half % 2 ? 480 : 400, at + (half * RING) / 10);
      }
      volume.gain.setTargetAtTime(LOUD, at, 0.01);
      volume.gain.setTargetAtTime(0, at + RING, 0.01);
      at += RING + PAUSE;
    }
    tone.connect(volume).connect(audio.destination);
    tone.start();
    this.#tone = tone;
  }
}
