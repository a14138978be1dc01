// One line at the foot of the page: what was submitted and can be taken back, or what somebody should know.

import { $, h, put, say } from './dom.js';
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
  sent(title) { this.put(`${title}: submitted`, SENDING_MS); this.note.sent = true; }

  /** Something to know; it stays where somebody has to have read it. */
  say(text, stays = false) {
    this.put(text, stays ? Infinity : STAYS_MS);
    say(text);
  }

  put(text, lasts) {
    this.note = { text, until: performance.now() + lasts };
    this.draw();
  }

  /** The last decision that can be taken back, or null; called every second, for the clock; stuck: what was sent is kept here. */
  undoable(one, stuck) {
    if (stuck && this.note?.sent) this.note = null;
    if (one?.id !== this.taken?.id) this.whole = one && Math.max(1, one.until - performance.now());
    this.taken = one;
    this.draw();
  }

  draw() {
    if (this.note && this.note.until <= performance.now()) this.note = null;
    const text = this.note?.text ?? (this.taken ? `${this.taken.title}: submitted` : '');
    put(this.text, text);
    this.place.hidden = !text;
    this.undo.hidden = this.clock.hidden = !this.taken;
    this.close.hidden = this.note?.until !== Infinity;
    // No animation: it would draw sixty times a second for as long as somebody works.
    if (this.taken) this.clock.style.width = `${Math.round(100 * Math.max(0, this.taken.until - performance.now()) / this.whole)}%`;
  }

  clear() {
    this.note = null;
    this.draw();
  }
}
