// A curve as lines: over the page, in its own measure, and as a strip in its card. Knows points, and no field.

import { h } from './dom.js';

const SPACE = 'http://www.w3.org/2000/svg';
const STRIP = { wide: 300, high: 40 };
const svg = (name, kind) => {
  const made = document.createElementNS(SPACE, name);
  if (kind) made.setAttribute('class', kind);
  return made;
};
const wrapped = across => across - Math.floor(across);

export class Plot {
  /**
   * @param known corners, rival, stretches
   * @param hooks grip(row, extend), drag([row, across], [row, across]), drop(); null where nothing is moved
   */
  constructor(known, hooks) {
    this.known = known;
    this.hooks = hooks;
    this.element = svg('svg', 'curve');
    this.element.setAttribute('aria-hidden', 'true');
    this.parts = Object.fromEntries(['rival', 'doubts', 'halo', 'line', 'dots', 'marked', 'hit'].map(name => [name, svg('path', name)]));
    this.knob = svg('circle', 'knob');
    this.element.append(...Object.values(this.parts), this.knob);
    this.strip = svg('svg', 'curvestrip');
    this.strip.setAttribute('viewBox', `0 0 ${STRIP.wide} ${STRIP.high}`);
    this.strip.setAttribute('preserveAspectRatio', 'none');
    this.strip.setAttribute('aria-hidden', 'true');
    this.small = { doubts: svg('path', 'doubts'), line: svg('path', 'line'), here: svg('path', 'here') };
    this.strip.append(...Object.values(this.small));
    if (hooks) this.pointer();
  }

  /** Note how large the page is in its own measure. */
  size(wide, high) {
    this.last = this.known.rows - 1;
    [this.origin, this.right, this.below] = this.known.corners.map(([x, y]) => [x * wide, y * high]);
    this.element.setAttribute('viewBox', `0 0 ${wide} ${high}`);
  }

  /** Where a row's point lies on the page. */
  spot(row, across) {
    const down = row / this.last;
    return [0, 1].map(axis => this.origin[axis] + (this.right[axis] - this.origin[axis]) * across + (this.below[axis] - this.origin[axis]) * down);
  }

  /** Row and place across of a point of the page. */
  row([x, y]) {
    const [ax, ay] = [this.right[0] - this.origin[0], this.right[1] - this.origin[1]];
    const [dx, dy] = [this.below[0] - this.origin[0], this.below[1] - this.origin[1]];
    const [px, py] = [x - this.origin[0], y - this.origin[1]];
    const whole = ax * dy - ay * dx;
    const down = (ax * py - ay * px) / whole;
    return [Math.max(0, Math.min(this.last, Math.round(down * this.last))), (px * dy - py * dx) / whole];
  }

  paint(across, { row, first, end, open, gone }) {
    const { parts, small, known } = this;
    small.line.setAttribute('d', this.along(across, 0, across.length - 1, this.flat));
    small.doubts.setAttribute('d', known.stretches.map((one, at) => open(at) ? `M${one.first - 1} 0H${one.last + 2}V${STRIP.high}H${one.first - 1}Z` : '').join(''));
    small.here.setAttribute('d', `M${first} 0V${STRIP.high}M${end + 0.5} 0V${STRIP.high}`);
    if (!this.origin) return;
    this.element.classList.toggle('gone', gone);
    const spot = (...given) => this.spot(...given);
    const line = this.along(across, 0, this.last, spot);
    for (const name of ['halo', 'line', 'hit']) parts[name].setAttribute('d', line);
    parts.rival.setAttribute('d', known.rival ? this.along(known.rival, 0, this.last, spot) : '');
    parts.doubts.setAttribute('d', known.stretches.map((one, at) => open(at) ? this.along(across, one.first, one.last, spot) : '').join(''));
    parts.marked.setAttribute('d', first === end ? '' : this.along(across, first, end, spot));
    parts.dots.setAttribute('d', across.map((a, at) => `M${told(this.spot(at, wrapped(a)))}h0`).join(''));
    const [x, y] = this.spot(row, wrapped(across[row]));
    this.knob.setAttribute('cx', x.toFixed(1));
    this.knob.setAttribute('cy', y.toFixed(1));
  }

  flat(row, across) { return [row + 0.5, 3 + across * (STRIP.high - 6)]; }

  /** A path through rows; where the curve leaves its track at one side it comes in at the other. */
  along(across, first, end, spot) {
    let before = null;
    let path = '';
    for (let row = first; row <= end; row += 1) {
      const turn = Math.floor(across[row]);
      path += `${turn === before ? 'L' : 'M'}${told(spot(row, across[row] - turn))}`;
      before = turn;
    }
    return first === end ? `${path}h0` : path;
  }

  /** The box around rows, with some of what lies about them. */
  box(across, first, end) {
    const [from, to] = [Math.max(0, first - 8), Math.min(this.last, end + 8)];
    const spots = [];
    for (let row = from; row <= to; row += 1) spots.push(this.spot(row, wrapped(across[row])));
    const [xs, ys] = [spots.map(one => one[0]), spots.map(one => one[1])];
    return [Math.min(...xs) - 24, Math.min(...ys), Math.max(...xs) + 24, Math.max(...ys)];
  }

  pointer() {
    const { hit } = this.parts;
    let from = null;
    const at = event => {
      const frame = this.element.getBoundingClientRect();
      const [wide, high] = this.element.getAttribute('viewBox').split(' ').slice(2).map(Number);
      return this.row([(event.clientX - frame.left) / frame.width * wide, (event.clientY - frame.top) / frame.height * high]);
    };
    for (const part of [hit, this.knob]) {
      part.addEventListener('pointerdown', event => {
        if (event.button) return;
        // The page is not to move along.
        event.preventDefault();
        event.stopPropagation();
        from = at(event);
        this.hooks.grip(from[0], event.shiftKey);
        part.setPointerCapture(event.pointerId);
      });
      part.addEventListener('pointermove', event => {
        if (!from) return;
        const to = at(event);
        this.hooks.drag(from, to);
        from = to;
      });
      for (const over of ['pointerup', 'pointercancel']) part.addEventListener(over, () => { if (from) this.hooks.drop(); from = null; });
    }
  }
}

const told = spot => spot.map(one => one.toFixed(1)).join(' ');
