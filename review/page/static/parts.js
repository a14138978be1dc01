// Parts of the desk that only some records need: fetched with the record that does, there ever after.
// A field names its own one (`part` in what the API shows of it); it exports make(card), see docs/review-page.md.

import { h } from './dom.js';

const SOURCES = {
  grid: () => import('./grid.js'),
  curve: () => import('./curve.js'),
  whole: () => import('./whole.js'),
  conflict: () => import('./conflict.js'),
  together: () => import('./together.js'),
  help: () => import('./help.js'),
};
const here = {};

/** A part that was fetched; undefined where it was not, or could not be. */
export const part = name => here[name];

/** What stands in a field's card instead of a box, and does nothing; each such part says what it does otherwise. */
export class Part {
  constructor(card) {
    this.card = card;
    this.element = h('div.gridpart');
    this.settled = new Set();
    this.at = {};
    this.more = 'next cell';
  }

  /** What gets the focus; the place on the page; what is said under it; what it is in a line. */
  focusable() { return this.card.acceptButton; }
  place() { return this.card.field.place; }
  told() { return []; }
  brief() { return ''; }
  /** Show what is known now; the same, from the state anew; whether a key was one of its own. */
  refresh() { /* nothing to show */ }
  draw() { this.refresh(); }
  key() { return false; }
  /** Doubts within it: how many are left, whether the focus is on one, settle that one (true: go on to the next). */
  doubtsLeft() { return 0; }
  onDoubt() { return false; }
  settle() { return false; }
  revertCell() { return false; }
  /** Take what was lifted from the page; act on a row. */
  put() { /* nowhere to put it */ }
  add() { /* no rows */ }
  split() { /* no rows */ }
  strike() { /* no rows */ }
}

let style = null;

/** Their style sheet; without it they work all the same. */
function dressed() {
  style ??= new Promise(done => {
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL('parts.css', import.meta.url).href, onload: done, onerror: done });
    document.head.append(link);
  });
  return style;
}

/** Fetch parts; true where all of them are there. */
export async function need(names) {
  if (names.length) await dressed();
  const found = await Promise.all(names.map(async name => {
    try { here[name] ??= await SOURCES[name](); } catch (error) { console.warn(`the part ${name} could not be had`, error); }
    return Boolean(here[name]);
  }));
  return found.every(Boolean);
}
