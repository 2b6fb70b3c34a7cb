// What has happened is told in a line of its own, below everything, so that it covers nothing.

import { element, keepFocus, show, write } from './view.js';

const LASTS = 10_000;

export class News {
  #about = new Set();
  #timer;

  constructor() {
    element('dismiss').addEventListener('click', () => this.clear());
  }

  /**
   * @param {(string | import('./words.js').Name)[]} parts what is told
   * @param {{about?: string[], stays?: boolean}} [how] park ids without which it is no news any more; whether it stays until
   *   somebody has read it
   */
  tell(parts, { about = [], stays = false } = {}) {
    clearTimeout(this.#timer);
    this.#about = new Set(about);
    write(element('news'), ...parts);
    show(element('dismiss'), true);
    if (!stays) this.#timer = setTimeout(() => this.clear(), LASTS);
  }

  /** These calls are in slots; what was told of others is over. */
  only(ids) {
    if (this.#about.size > 0 && ![...this.#about].some((id) => ids.has(id))) this.clear();
  }

  clear() {
    clearTimeout(this.#timer);
    this.#about.clear();
    keepFocus(
      () => {
        write(element('news'), '');
        show(element('dismiss'), false);
      },
      () => element('list-title'),
    );
  }
}
