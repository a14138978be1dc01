// One line at the foot of the page: what was submitted and can be taken back, or what somebody should know.

import { $, h, say } from './dom.js';
import { capsOf } from './keys.js';

const STAYS_MS = 8000;
const SENDING_MS = 2000;

export class Toast {
  constructor(undo) {
    this.place = $('.toast');
    this.text = h('span.toast-text', { dir: 'auto' });
    this.undo = h('button.quiet', { type: 'button', onclick: undo }, capsOf('undo'), h('span', {}, 'undo'));
    this.close = h('button.quiet', { type: 'button', onclick: () => this.clear() }, 'dismiss');
    this.clock = h('span.clock', { 'aria-hidden': 'true' });
    this.place.replaceChildren(this.text, this.undo, this.close, this.clock);
    this.note = null;
    this.taken = null;
    this.draw();
  }

  /** A decision is on its way. */
  sent(title) { this.put(`${title}: submitted`, SENDING_MS); }

  /** Something to know; it stays where somebody has to have read it. */
  say(text, stays = false) {
    this.put(text, stays ? Infinity : STAYS_MS);
    say(text);
  }

  put(text, lasts) {
    this.note = { text, until: performance.now() + lasts };
    this.draw();
  }

  /** The last decision that can be taken back, or null. */
  undoable(one) {
    const other = one?.id !== this.taken?.id;
    this.taken = one;
    if (other) this.wind();
    this.draw();
  }

  wind() {
    this.clock.style.animationName = 'none';
    if (!this.taken) return;
    void this.clock.offsetWidth;
    this.clock.style.animationName = '';
    this.clock.style.animationDuration = `${Math.max(0, this.taken.until - performance.now())}ms`;
  }

  draw() {
    if (this.note && this.note.until <= performance.now()) this.note = null;
    const text = this.note?.text ?? (this.taken ? `${this.taken.title}: submitted` : '');
    if (this.text.textContent !== text) this.text.textContent = text;
    this.place.hidden = !text;
    this.undo.hidden = this.clock.hidden = !this.taken;
    this.close.hidden = this.note?.until !== Infinity;
  }

  clear() {
    this.note = null;
    this.draw();
  }
}
