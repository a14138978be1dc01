// Words of the page: under the pointer, or walked by arrows, extended, and lifted with their place.

import { h } from './dom.js';
import { actionOf } from './keys.js';

const union = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
const middle = ([left, top, right, bottom]) => [(left + right) / 2, (top + bottom) / 2];
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Walk {
  constructor(viewer) {
    this.viewer = viewer;
    this.cursor = h('div.mark.cursor');
    this.shade = h('div.mark.hover');
    this.word = this.anchor = this.lifted = null;
    viewer.stage.addEventListener('keydown', event => this.key(event));
    viewer.stage.addEventListener('focus', () => this.start());
    viewer.stage.addEventListener('blur', () => this.stop());
  }

  get words() { return this.viewer.page?.words ?? []; }

  stop() {
    this.anchor = this.word = null;
    this.cursor.remove();
    this.shade.remove();
  }

  /** Begin at the word nearest to the evidence. */
  start() {
    const { page, target } = this.viewer;
    if (!this.words.length) return;
    const [tx, ty] = target?.page === page.number ? middle(page.box(target)) : [300, 200];
    const far = word => { const [x, y] = middle(word.box); return Math.hypot(x - tx, 2 * (y - ty)); };
    this.word = this.anchor = this.words.reduce((best, word) => far(word) < far(best) ? word : best);
    this.follow();
  }

  follow() {
    const { viewer, word } = this;
    const box = union(this.anchor.box, word.box);
    viewer.lay(this.cursor, box, 3);
    viewer.marks.append(this.cursor);
    const { x, y, scale } = viewer.at;
    const [cx, cy] = middle(word.box);
    const [sx, sy] = [cx * scale + x, cy * scale + y];
    const { clientWidth: wide, clientHeight: high } = viewer.stage;
    const into = (at, whole) => at < 90 ? 90 - at : at > whole - 90 ? whole - 90 - at : 0;
    const [dx, dy] = [into(sx, wide), into(sy, high)];
    if (dx || dy) viewer.move(x + dx, y + dy, scale, true);
    viewer.hooks.say(this.gather(box));
  }

  /** The words inside a box, in reading order. */
  gather(box) {
    const inside = this.words.filter(word => {
      const [x, y] = middle(word.box);
      return x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
    });
    inside.sort((a, b) => a.line - b.line || a.box[0] - b.box[0]);
    return inside.map(word => word.text).join(' ');
  }

  lift(box) {
    this.lifted = { page: this.viewer.page.number, box };
    this.viewer.hooks.lift(this.gather(box), this.viewer.page.place(box));
  }

  at([x, y]) {
    return this.words.find(({ box }) => x >= box[0] - 2 && x <= box[2] + 2 && y >= box[1] - 2 && y <= box[3] + 2);
  }

  hover(point) {
    const word = point && this.at(point);
    if (!word) { this.shade.remove(); return; }
    this.viewer.lay(this.shade, word.box, 2);
    this.viewer.marks.append(this.shade);
  }

  pick(point, extend) {
    const word = this.at(point);
    if (!word) return;
    const before = extend && this.lifted?.page === this.viewer.page.number ? this.lifted.box : null;
    this.lift(before ? union(before, word.box) : word.box);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = STEPS[event.key];
    if (step) { event.preventDefault(); event.stopPropagation(); this.step(step, event.shiftKey); return; }
    const back = event.key === 'Escape' || actionOf(event, ['record']) === 'walk';
    if (!back && !['Enter', 'Home'].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Home') { this.viewer.settle(true); this.start(); }
    else if (back) this.viewer.hooks.leave();
    else if (this.word && !event.repeat) this.lift(union(this.anchor.box, this.word.box));
  }

  step([dx, dy], extend) {
    if (!this.word) { this.start(); return; }
    const [cx, cy] = middle(this.word.box);
    const tall = this.word.box[3] - this.word.box[1];
    let best = null;
    for (const word of this.words) {
      const [x, y] = middle(word.box);
      const along = dx ? (x - cx) * dx : (y - cy) * dy;
      const across = dx ? Math.abs(y - cy) : Math.max(0, word.box[0] - cx, cx - word.box[2]);
      if (word === this.word || along < (dx ? 1 : tall * 0.45) || (dx && across > tall * 0.7)) continue;
      const cost = along + across * (dx ? 4 : 1.5);
      if (!best || cost < best.cost) best = { word, cost };
    }
    if (!best) return;
    this.word = best.word;
    if (!extend) this.anchor = this.word;
    this.follow();
  }
}
