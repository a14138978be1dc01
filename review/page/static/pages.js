// Page images and words: fetched and decoded before they are needed, dropped when they no longer are.

import { get, Offline } from './api.js';

/** Width of every page in the page's own measure; its height follows from its shape. */
export const WIDTH = 1000;
const FINE = 1.4;

/** One page: its size, its words, and a canvas with its image, or with its words where the image is gone. */
class Page {
  constructor(raw) {
    this.raw = raw;
    this.number = raw.number;
    this.height = Math.max(1, Math.round(WIDTH * raw.height / raw.width));
    this.canvas = null;
    this.words = [];
    this.gone = null;
    this.ready = null;
  }

  load() {
    this.ready ??= Promise.all([this.loadWords(), this.loadImage()]).then(() => {
      if (this.gone) this.drawWords();
      this.loaded = true;
      return this;
    });
    return this.ready;
  }

  async loadWords() {
    try {
      const found = await get(this.raw.words);
      this.words = found.lines.flatMap((line, at) => line.words.map(word => ({
        text: word.text, line: at,
        box: [word.box.x0 * WIDTH, word.box.y0 * this.height, word.box.x1 * WIDTH, word.box.y1 * this.height],
      })));
    } catch (error) {
      console.warn('the words of a page could not be had', error);
    }
    const heights = this.words.map(one => one.box[3] - one.box[1]).filter(one => one > 0).sort((a, b) => a - b);
    this.line = heights[heights.length >> 1] ?? 16;
  }

  async loadImage() {
    try {
      const answer = await fetch(devicePixelRatio > FINE ? this.raw.lens : this.raw.image, { credentials: 'same-origin' });
      if (!answer.ok) throw new Error(String(answer.status));
      const bitmap = await createImageBitmap(await answer.blob());
      this.canvas = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height });
      this.canvas.getContext('bitmaprenderer', { alpha: false }).transferFromImageBitmap(bitmap);
    } catch (error) {
      this.gone = error instanceof TypeError || error instanceof Offline ? 'away' : 'gone';
    }
  }

  /** No image: what was read, where it was read, so that everything else goes on working. */
  drawWords() {
    const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: this.height });
    const pen = canvas.getContext('2d', { alpha: false });
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = '#3d4148';
    pen.textBaseline = 'middle';
    for (const { text, box: [left, top, right, bottom] } of this.words) {
      pen.font = `${Math.max(6, Math.round((bottom - top) * 0.74))}px sans-serif`;
      pen.fillText(text, left, (top + bottom) / 2, Math.max(1, right - left));
    }
    this.canvas = canvas;
  }

  drop() {
    if (this.canvas) this.canvas.width = this.canvas.height = 0;
    this.canvas = null;
  }

  /** A place in fractions, as a box in the page's own measure. */
  box(place) {
    return [place.x0 * WIDTH, place.y0 * this.height, place.x1 * WIDTH, place.y1 * this.height];
  }

  /** A box in the page's own measure, as a place in fractions. */
  place([left, top, right, bottom]) {
    const unit = (value, whole) => Math.min(1, Math.max(0, Number((value / whole).toFixed(5))));
    return { page: this.number, x0: unit(left, WIDTH), y0: unit(top, this.height), x1: unit(right, WIDTH), y1: unit(bottom, this.height) };
  }
}

/** The pages of a task. Only those somebody may look at next are fetched: a long document costs no more. */
export class Pages {
  constructor(raw) {
    this.all = raw.map(one => new Page(one));
  }

  get count() { return this.all.length; }
  at(number) { return this.all[number - 1]; }

  /** Fetch these pages, the first of them if there are none. */
  prefetch(numbers) {
    const wanted = [...new Set(numbers.length ? numbers : [1])].map(one => this.at(one)).filter(Boolean).slice(0, 6);
    return Promise.all(wanted.map(one => one.load()));
  }

  /** Fetch what lies beside a page. */
  around(number) {
    for (const one of [this.at(number + 1), this.at(number - 1)]) one?.load();
  }

  drop() { for (const one of this.all) one.drop(); }
}
