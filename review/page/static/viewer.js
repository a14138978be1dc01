// The page beside the fields: zoomed to the evidence, boxes drawn, words to lift. Knows no field and no decision.

import { $, h } from './dom.js';
import { WIDTH } from './pages.js';
import { Walk } from './walk.js';

const READING = 23;
const MODES = ['evidence', 'width', 'page'];
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const middle = ([left, top, right, bottom]) => [(left + right) / 2, (top + bottom) / 2];

export class Viewer {
  /** @param hooks lift(text, place), leave(), page(number, count), mode(name), say(text) */
  constructor(stage, hooks) {
    this.stage = stage;
    this.sheet = $('.sheet', stage);
    this.marks = $('.marks', stage);
    this.note = $('.gone', stage);
    this.hooks = hooks;
    this.mode = 'evidence';
    this.at = { x: 0, y: 0, scale: 1 };
    this.pages = null;
    this.page = null;
    this.target = null;
    this.context = {};
    this.walk = new Walk(this);
    this.pointer();
    new ResizeObserver(() => { this.measure(); if (this.page) this.settle(); }).observe(stage);
  }

  /** Note how large the stage is, so that nobody asks for it in the middle of a change. */
  measure() {
    const { top } = this.stage.getBoundingClientRect();
    this.size = { wide: this.stage.clientWidth, high: this.stage.clientHeight, top };
  }

  /** Begin with another document; nothing of the one before stays. */
  open(pages) {
    this.pages = pages;
    this.page = null;
    this.target = null;
    this.mode = 'evidence';
    this.context = {};
    this.marks.replaceChildren();
    this.layer = null;
    this.walk.stop();
    this.sheet.hidden = !pages.count;
    this.note.hidden = Boolean(pages.count);
    if (!pages.count) this.note.textContent = 'No page of this file can be shown.';
  }

  /** Go to a page; true where it is another one. */
  turn(number) {
    if (!this.pages?.count) return false;
    const next = this.pages.at(Math.max(1, Math.min(this.pages.count, number)));
    if (next === this.page) return false;
    this.page = next;
    this.walk.stop();
    this.sheet.style.width = `${WIDTH}px`;
    this.sheet.style.height = `${next.height}px`;
    this.put(next);
    this.pages.around(next.number);
    this.hooks.page(next.number, this.pages.count);
    return true;
  }

  put(page) {
    $('canvas', this.sheet)?.remove();
    this.stage.classList.toggle('waiting', !page.loaded);
    if (!page.loaded) {
      page.load().then(() => { if (this.page === page) { this.put(page); this.draw(); this.settle(); } });
      return;
    }
    if (page.canvas) {
      page.canvas.setAttribute('aria-hidden', 'true');
      this.sheet.prepend(page.canvas);
    }
    this.note.hidden = !page.gone;
    this.note.textContent = page.gone === 'away'
      ? 'The page image can\'t be fetched now. Shown instead: the words as they were read, in their places.'
      : 'The page image is gone. Shown instead: the words as they were read, in their places. Decide, or release.';
  }

  /**
   * Show evidence.
   * @param place where, in fractions, or null
   * @param context places of alternatives, of other doubtful and of clean fields; level: screen y of the value
   */
  show(place, context = {}) {
    this.context = context;
    this.target = place;
    this.turn(place?.page ?? this.page?.number ?? 1);
    if (!this.page) return;
    this.draw();
    this.settle();
  }

  /** Show a whole page, as when its number is what matters. */
  look(number) {
    this.target = null;
    this.context = {};
    this.turn(number);
    if (!this.page) return;
    this.draw();
    this.settle();
  }

  draw() {
    const drawn = [];
    const put = (place, kind, gap) => {
      if (!place || place.page !== this.page.number) return;
      const mark = h(`div.mark.${kind}`);
      this.lay(mark, this.page.box(place), gap);
      drawn.push(mark);
    };
    for (const one of this.context.clean ?? []) put(one, 'clean', 0);
    for (const one of this.context.others ?? []) put(one, 'doubt', 3);
    for (const one of this.context.alternatives ?? []) put(one, 'alternative', 3);
    put(this.target, 'focus', 4);
    if (this.layer?.page === this.page.number) drawn.push(this.layer.element);
    this.marks.replaceChildren(...drawn);
  }

  /** Lay an element of somebody else's over a page, in the page's own measure; none with null. */
  over(element, page) {
    this.layer = element && { element, page };
    if (this.page) this.draw();
  }

  lay(mark, [left, top, right, bottom], gap) {
    mark.style.left = `${left - gap}px`;
    mark.style.top = `${top - gap}px`;
    mark.style.width = `${right - left + 2 * gap}px`;
    mark.style.height = `${bottom - top + 2 * gap}px`;
  }

  /**
   * Move the page so that the evidence is level with the value: the eye moves sideways only.
   * At once: a glide would be a tenth of a second in which the evidence is not yet where it is looked for.
   */
  settle(glide = false) {
    if (!this.size?.wide) this.measure();
    const { wide, high, top } = this.size;
    if (!this.page || !wide || !high) return;
    const box = this.target?.page === this.page.number ? this.page.box(this.target) : null;
    const scale = this.scale(box, wide, high);
    const [cx, cy] = box ? middle(box) : [WIDTH / 2, this.page.height / 2];
    const width = WIDTH * scale;
    const height = this.page.height * scale;
    const level = this.context.level ?? null;
    const aim = level === null ? high * 0.42 : Math.max(high * 0.2, Math.min(high * 0.72, level - top));
    let x = wide * 0.6 - cx * scale;
    let y = (box ? aim : high / 2) - cy * scale;
    x = width <= wide - 24 ? (wide - width) / 2 : Math.min(16, Math.max(wide - width - 16, x));
    if (!box && this.mode !== 'page') y = 16;
    const slack = this.mode === 'page' ? 16 : high * 0.3;
    y = height <= high - 24 && this.mode === 'page' ? (high - height) / 2 : Math.min(box ? slack : 16, Math.max(high - height - slack, y));
    this.move(x, y, scale, glide);
  }

  /** One reading size per page, so that moving between fields pans and never zooms. */
  scale(box, wide, high) {
    const whole = Math.min((wide - 32) / WIDTH, (high - 32) / this.page.height);
    if (this.mode === 'page') return whole;
    const width = (wide - 32) / WIDTH;
    if (this.mode === 'width' || !box) return Math.min(width, 1.8);
    const line = this.page.line ?? 16;
    const fits = Math.min(wide / (box[2] - box[0] + 0.3 * WIDTH), high / (box[3] - box[1] + 4 * line));
    // As much of the page as shows what a value belongs to; on a small stage less, or nobody could read it.
    const most = Math.max(wide / 0.6, Math.min(800, wide / 0.35)) / WIDTH;
    return Math.max(Math.min(whole, width), Math.min(READING / line, 2.6, fits, most));
  }

  move(x, y, scale, glide) {
    const far = Math.hypot(x - this.at.x, y - this.at.y) > 1.4 * this.size.high;
    this.sheet.classList.toggle('glide', glide && !far && !calm.matches);
    this.at = { x, y, scale };
    this.sheet.style.transform = `translate(${x}px,${y}px) scale(${scale})`;
    this.sheet.style.setProperty('--px', `${1 / scale}px`);
  }

  cycle() {
    this.mode = MODES[(MODES.indexOf(this.mode) + 1) % MODES.length];
    this.settle(true);
    this.hooks.mode(this.mode);
    return this.mode;
  }

  /**
   * The lens: the same pixels straight above the value, at reading size.
   * @param size the canvas's width and height on the screen
   * @param page where it is of another document than the one on the stage
   */
  lens(canvas, place, [wide, high], page = place && this.pages?.at(place.page)) {
    const ratio = devicePixelRatio || 1;
    if (!page || !wide) return false;
    if (!page.loaded) {
      page.load().then(() => canvas.isConnected && this.lens(canvas, place, [wide, high], page));
      return true;
    }
    if (!page.canvas) return false;
    const [left, top, right, bottom] = page.box(place);
    canvas.width = Math.round(wide * ratio);
    canvas.height = Math.round(high * ratio);
    const pen = canvas.getContext('2d', { alpha: false });
    const scale = Math.min(30 / Math.max(Math.min(bottom - top, 2.2 * (page.line ?? 16)), 6), Math.max(0.35, (wide - 26) / (right - left)), 2.6);
    const x = left - 13 / scale;
    const y = Math.min((top + bottom) / 2, top + 0.36 * high / scale + (page.line ?? 16)) - high / 2 / scale;
    const finer = page.canvas.width / WIDTH;
    pen.scale(ratio, ratio);
    pen.fillStyle = '#f6f4ef';
    pen.fillRect(0, 0, wide, high);
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(page.canvas, x * finer, y * finer, wide / scale * finer, high / scale * finer, 0, 0, wide, high);
    pen.globalCompositeOperation = 'multiply';
    pen.fillStyle = '#ffe58a';
    pen.beginPath();
    pen.roundRect((left - x) * scale - 4, (top - y) * scale - 3, (right - left) * scale + 8, (bottom - top) * scale + 6, 3);
    pen.fill();
    return true;
  }

  /** A point of the screen in the page's own measure. */
  point(event) {
    const frame = this.stage.getBoundingClientRect();
    return [(event.clientX - frame.left - this.at.x) / this.at.scale, (event.clientY - frame.top - this.at.y) / this.at.scale];
  }

  pointer() {
    let from = null;
    let dragged = false;
    const { stage } = this;
    stage.addEventListener('pointerdown', event => {
      if (!this.page || event.button) return;
      event.preventDefault();
      from = [event.clientX, event.clientY, this.at.x, this.at.y];
      dragged = false;
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener('pointermove', event => {
      if (!this.page) return;
      if (!from) { this.walk.hover(this.point(event)); return; }
      const [dx, dy] = [event.clientX - from[0], event.clientY - from[1]];
      if (Math.hypot(dx, dy) > 4) dragged = true;
      if (dragged) this.move(from[2] + dx, from[3] + dy, this.at.scale, false);
    });
    stage.addEventListener('pointerup', event => {
      const clicked = from && !dragged;
      from = null;
      if (clicked) this.walk.pick(this.point(event), event.shiftKey);
    });
    stage.addEventListener('pointercancel', () => { from = null; });
    stage.addEventListener('pointerleave', () => this.walk.hover(null));
    stage.addEventListener('wheel', event => this.wheel(event), { passive: false });
  }

  wheel(event) {
    if (!this.page) return;
    event.preventDefault();
    if (!event.ctrlKey) { this.move(this.at.x - event.deltaX, this.at.y - event.deltaY, this.at.scale, false); return; }
    const [px, py] = this.point(event);
    const scale = Math.max(0.15, Math.min(5, this.at.scale * Math.exp(-event.deltaY / 400)));
    this.move(this.at.x + px * (this.at.scale - scale), this.at.y + py * (this.at.scale - scale), scale, false);
  }
}
