// A curve over the scan: its points moved by keys or dragged, what is doubtful walked, all kept as rows of depth and value.

import { h, put, several, words } from './dom.js';
import { actionOf, caps, capsOf, nameOf } from './keys.js';
import { WIDTH } from './pages.js';
import { Mask } from './mask.js';
import { Part } from './parts.js';
import { Plot } from './plot.js';

const HEAD = 'depth,value';
const STEP = 0.002;
const MOST_STEPS = 200;
const keyOf = scale => scale && ['depth_top', 'depth_bottom', 'left', 'right'].map(part => Number(scale[part])).join();

/** The part of a curve's card, or of the mask's. */
export const make = card => card.field.raw.curve.lines ? new Mask(card) : new Curve(card);

class Curve extends Part {
  constructor(card) {
    super(card);
    this.known = card.field.raw.curve;
    this.read = this.known.across ?? Array(this.known.rows).fill(0.5);
    this.last = this.read.length - 1;
    this.more = 'next stretch';
    this.at = { row: 0, from: 0 };
    this.stretch = null;
    this.steps = [];
    this.plot = new Plot(this.known, { grip: (row, extend) => this.grip(row, extend), drag: (from, to) => this.drag(from, to), drop: () => this.drop() });
    this.build();
    this.draw();
  }

  get field() { return this.card.field; }
  get first() { return Math.min(this.at.row, this.at.from); }
  get end() { return Math.max(this.at.row, this.at.from); }
  get mine() { return this.card.record.current === this.card; }

  build() {
    const id = `${this.card.id}-curve`;
    const quiet = (action, text, work) => h('button.quiet', { type: 'button', tabindex: '-1', onclick: () => { work(); this.point.focus({ preventScroll: true }); } }, capsOf(action), text);
    this.depth = h('b');
    this.value = h('b');
    this.place_ = h('span');
    this.point = h('div.cell.point', {
      role: 'slider', tabindex: '0', 'aria-label': `${this.field.title}: point`, 'aria-describedby': `${id}-keys ${this.card.id}-norm`,
      'aria-valuemin': 1, 'aria-valuemax': this.last + 1, 'aria-orientation': 'vertical',
    }, h('span', {}, 'depth ', this.depth), h('span', {}, 'value ', this.value), this.place_);
    this.element.classList.add('curvepart');
    this.element.append(this.plot.strip, this.point,
      h('p.hints', { id: `${id}-keys` }, h('span', {}, caps('ArrowUp'), caps('ArrowDown'), 'point'), h('span', {}, caps('ArrowLeft'), caps('ArrowRight'), 'move it'),
        h('span', {}, caps('Shift'), 'mark'), h('span', {}, caps('Ctrl'), 'by ten')),
      h('div.curveacts', {}, quiet('curvenext', 'next stretch', () => this.next()), quiet('curveline', 'straight', () => this.straight()), quiet('curveundo', 'undo', () => this.undo())));
  }

  focusable() {
    if (this.stretch === null && this.known.stretches.length) this.next();
    return this.point;
  }

  // --- values ---

  /** The numbers it is computed with, as they stand beside it; null while one of them is not known. */
  scale() {
    const found = Object.fromEntries(Object.entries(this.known.scale).map(([part, path]) => [part, Number(this.number(path) || NaN)]));
    return Object.values(found).every(Number.isFinite) && found.depth_bottom > found.depth_top && found.left !== found.right ? found : null;
  }

  number(path) {
    const { task } = this.card;
    const field = task.field(path);
    const state = field && task.state(path);
    if (!field || state.absent) return null;
    return task.changed(field) ? task.normals[path]?.after?.[0] ?? state.value : field.normal;
  }

  text({ depth_top: top, depth_bottom: bottom, left, right }) {
    const line = (a, row) => `${(top + (bottom - top) * row / this.last).toFixed(3)},${(left + a * (right - left)).toFixed(5)}`;
    return [HEAD, ...this.across.map(line), ''].join('\n');
  }

  /** Go by what the field is worth now, as after a draft or a revert; false where that can't be told yet. */
  take(scale) {
    const { value } = this.card.state;
    if (value.startsWith(HEAD)) {
      if (!scale) return false;
      this.across = value.trim().split('\n').slice(1).map(line => (Number(line.split(',')[1]) - scale.left) / (scale.right - scale.left));
      this.scaled = keyOf(scale);
    } else {
      this.across = [...this.read];
      this.scaled = value ? this.known.made_with ? keyOf(this.known.made_with) : keyOf(scale) : null;
    }
    this.shown = value;
    return true;
  }

  /** Keep what is drawn as the field's value; unmoved and to the same scale it is the file that was read. */
  keep(scale = this.scale()) {
    if (!scale) return;
    this.scaled = keyOf(scale);
    const asRead = this.moved() === 0 && this.scaled === keyOf(this.known.made_with ?? scale) && this.field.value;
    this.shown = asRead ? this.field.value : this.text(scale);
    this.card.record.type(this.field, this.shown);
  }

  moved() { return this.across.reduce((sum, a, row) => sum + (Math.abs(a - this.read[row]) > 1e-4 ? 1 : 0), 0); }

  // --- moving ---

  /** Note how it was; moves of the same points in a row are one step back. */
  remember(tag) {
    if (tag && tag === this.tag) return;
    this.tag = tag;
    this.steps.push([...this.across]);
    if (this.steps.length > MOST_STEPS) this.steps.shift();
  }

  nudge(by) {
    this.remember(`${this.first} ${this.end}`);
    for (let row = this.first; row <= this.end; row += 1) this.across[row] += by;
    this.keep();
    this.follow();
  }

  straight() {
    this.remember();
    const [a, b] = this.first === this.end ? [Math.max(0, this.first - 1), Math.min(this.last, this.end + 1)] : [this.first, this.end];
    const [from, to] = [this.across[a], this.across[b]];
    for (let row = a + 1; row < b; row += 1) this.across[row] = from + (to - from) * (row - a) / (b - a);
    this.keep();
    this.follow();
  }

  undo() {
    const before = this.steps.pop();
    this.tag = null;
    if (!before) return;
    this.across = before;
    this.keep();
    this.follow();
  }

  grip(row, extend) {
    this.select(row, extend);
    this.tag = null;
    if (!this.card.item.contains(document.activeElement)) this.point.focus({ preventScroll: true });
    this.held = { across: [...this.across], off: null };
    this.paint();
  }

  /** Rows between two places of the pointer follow it, however often the curve went around its track there. */
  drag([fromRow, from], [toRow, to]) {
    this.held.off ??= this.across[fromRow] - from;
    const count = Math.abs(toRow - fromRow) || 1;
    for (let step = 0; step <= count; step += 1) {
      const row = Math.round(fromRow + (toRow - fromRow) * step / count);
      this.across[row] = (toRow === fromRow ? to : from + (to - from) * step / count) + this.held.off;
    }
    this.at = { row: toRow, from: toRow };
    this.paint();
  }

  drop() {
    if (this.held?.off != null) {
      this.steps.push(this.held.across);
      this.keep();
    }
    this.held = null;
  }

  // --- walking ---

  select(row, extend) {
    const to = Math.max(0, Math.min(this.last, row));
    this.at = { row: to, from: extend ? this.at.from : to };
  }

  open(at) { return !this.settled.has(at); }
  doubtsLeft() { return this.known.stretches.filter((_, at) => this.open(at)).length; }
  onDoubt() { return this.stretch !== null && this.open(this.stretch); }

  /** Go to the next stretch that is doubtful, from the top again after the last; false where there is none. */
  next() {
    const { stretches } = this.known;
    const order = stretches.map((_, at) => at).filter(at => this.open(at));
    const next = order.find(at => this.stretch === null || at > this.stretch) ?? order[0];
    if (next === undefined) return false;
    this.stretch = next;
    this.at = { from: stretches[next].first, row: stretches[next].last };
    if (this.mine) this.follow();
    return true;
  }

  settle() {
    if (this.stretch !== null) this.settled.add(this.stretch);
    return this.next();
  }

  revertCell() {
    if (this.at.row === this.at.from) return false;
    this.at.from = this.at.row;
    this.follow();
    return true;
  }

  key(event) {
    if (event.target !== this.point) return false;
    const action = actionOf(event, ['curve']);
    if (action) { ({ curvenext: () => this.next(), curveline: () => this.straight(), curveundo: () => this.undo() })[action](); return true; }
    if (actionOf(event, ['field']) === 'absent') { this.card.record.setAbsent(this.field); return true; }
    const name = nameOf(event)?.replace(/^(Ctrl\+|Shift\+)*/, '');
    if (event.altKey || !['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(name)) return false;
    const far = event.ctrlKey || event.metaKey ? 10 : 1;
    const rows = { ArrowUp: this.at.row - far, ArrowDown: this.at.row + far, Home: 0, End: this.last }[name];
    if (rows === undefined) this.nudge((name === 'ArrowLeft' ? -1 : 1) * STEP * far);
    else { this.tag = null; this.select(rows, event.shiftKey); this.follow(); }
    return true;
  }

  // --- showing ---

  /** Let the page follow to where somebody works. */
  follow() {
    this.card.evidence();
    this.card.record.refresh();
  }

  /** Where he works; asked for when this is the field in focus, so that the curve is laid over the page. */
  place() {
    const { viewer } = this.card.record;
    const page = viewer.pages?.at(this.known.page);
    if (!page) return null;
    this.plot.size(WIDTH, page.height);
    viewer.over(this.plot.element, this.known.page);
    this.paint();
    return page.place(this.plot.box(this.across, this.first, this.end));
  }

  draw() {
    this.shown = undefined;
    this.steps = [];
    this.refresh();
  }

  refresh() {
    const { viewer } = this.card.record;
    if (!this.mine && viewer.layer?.element === this.plot.element) viewer.over(null);
    const scale = this.scale();
    if (this.card.state.value !== this.shown && !this.take(scale)) this.across ??= [...this.read];
    else if (scale && keyOf(scale) !== this.scaled) {
      this.scaled = keyOf(scale);
      if (this.known.across || this.moved()) this.keep(scale);
    }
    if (this.mine || !this.painted) this.paint();
  }

  paint() {
    this.painted = true;
    const { row } = this.at;
    const scale = this.scale();
    const depth = scale ? (scale.depth_top + (scale.depth_bottom - scale.depth_top) * row / this.last).toFixed(1) : '?';
    const value = scale ? String(Number((scale.left + this.across[row] * (scale.right - scale.left)).toPrecision(5))) : '?';
    put(this.depth, depth);
    put(this.value, value);
    put(this.place_, this.first === this.end ? `row ${row + 1} of ${this.last + 1}` : `rows ${this.first + 1} to ${this.end + 1}`);
    this.point.setAttribute('aria-valuenow', row + 1);
    this.point.setAttribute('aria-valuetext', `${this.place_.textContent}, depth ${depth}, value ${value}`);
    this.plot.paint(this.across, { row, first: this.first, end: this.end, open: at => this.open(at), gone: this.card.state.absent });
  }

  brief() {
    const count = this.moved();
    return count ? `${several(count, 'row')} moved` : several(this.last + 1, 'row');
  }

  /** What is to be said of the stretch in focus. */
  told() {
    const { state, task } = this.card;
    if (state.absent) return ['not in the document'];
    const missing = this.scale() ? [] : Object.values(this.known.scale).filter(path => !Number.isFinite(Number(this.number(path) || NaN)));
    if (missing.length) return [`It can't be computed yet: ${missing.map(path => task.field(path)?.title ?? words(path)).join(', ')} must be stated first.`];
    const { stretches } = this.known;
    const here = this.stretch !== null && stretches[this.stretch];
    const about = here ? `Stretch ${this.stretch + 1} of ${stretches.length}, rows ${here.first + 1} to ${here.last + 1}: ${here.why}.` : stretches.length ? '' : 'No stretch of it looks doubtful by itself.';
    return [`${about} ${this.moved() ? `${this.brief()}.` : task.changed(this.field) ? 'Computed anew with the numbers stated.' : ''}`.trim()];
  }
}
