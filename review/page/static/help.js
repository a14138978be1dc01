// What every key does, in words: for the overview and for whoever changes them.

import { h } from './dom.js';
import { ACTIONS, capsOf } from './keys.js';

/** What each action does. */
export const SAYS = {
  accept: 'accept, on to the next doubtful field; on the last one submit, and the next record is there',
  all: 'accept all that remain and submit, once every critical field was looked at',
  next: 'take the next alternative',
  before: 'go back to the alternative before',
  absent: 'not in the document (with the whole value selected)',
  revert: 'put back what was read',
  zoom: 'zoom: evidence, page width, whole page',
  walk: 'walk the words of the page: arrows move, Shift extends, Enter lifts, Escape returns',
  pageup: 'page before',
  pagedown: 'next page',
  hard: 'hard case, with its kind',
  whole: 'the document is something else: another type, several documents, or none',
  release: 'release: somebody else takes it; what you entered is kept',
  undo: 'undo the last submit, for as long as it is not released',
  alike: 'look at all records that ask the same, and accept them together',
  clean: 'find a field that is not in doubt',
  cellnext: 'take the alternative of the cell',
  rowadd: 'add a row below',
  rowsplit: 'split the row in two',
  rowdelete: 'strike the row out, or restore it',
  curvenext: 'next doubtful stretch',
  curveline: 'draw the marked stretch straight',
  curveundo: 'take the last move back',
  cut: 'cut before this page: a new document begins here',
  join: 'join this page to the one before',
  keys: 'show these keys',
};

/** What works beside them and can't be changed, because browsers and screen readers expect it. */
export const FIXED = [
  ['type, Enter', 'correct: typing replaces the value'],
  ['click, Enter', 'lift the text and place of a word; Shift+click extends it'],
  ['Tab, Shift+Tab', 'move without deciding'],
  ['↑ ↓ ← →', 'on a curve: from point to point, and move it; with Shift mark a stretch, with Ctrl ten times as far'],
  ['← → ↑ ↓', 'in a grid: from cell to cell; in the strip: from page to page'],
];

/** Where it does that, where it is not everywhere. */
export const WHERE = { field: '', record: '', grid: 'in a grid: ', curve: 'on a curve: ', strip: 'in the page strip: ' };

/** Show them all over whatever is on the screen. */
export function open() {
  const before = document.activeElement;
  const close = h('button', { type: 'button', onclick: () => dialog.close() }, h('kbd', {}, 'Esc'), 'close');
  const dialog = h('dialog.help', { 'aria-labelledby': 'help-title' }, h('h2', { id: 'help-title', tabindex: '-1', autofocus: true }, 'Keys'),
    h('dl.keys', {},
      ACTIONS.map(one => h('div', {}, h('dt', {}, capsOf(one.id)), h('dd', {}, WHERE[one.where], SAYS[one.id]))),
      FIXED.map(([key, says]) => h('div', {}, h('dt', {}, key), h('dd', {}, says)))),
    h('p', {}, close, h('a', { href: '/settings' }, 'change them')));
  dialog.addEventListener('close', () => { dialog.remove(); before?.focus?.({ preventScroll: true }); });
  document.body.append(dialog);
  dialog.showModal();
}
