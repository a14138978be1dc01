// Keys: what each does, in which place, and how somebody changed it. None of them types a character.

import { h } from './dom.js';

/** [action, key, where it works, what it does]; the same key may mean other things in other places. */
export const ACTIONS = [
  ['accept', 'Enter', 'field', 'accept, on to the next doubtful field; on the last one submit, and the next record is there'],
  ['all', 'Ctrl+Enter', 'record', 'accept all that remain and submit, once every critical field was looked at'],
  ['next', 'ArrowDown', 'field', 'take the next alternative'],
  ['before', 'ArrowUp', 'field', 'go back to the alternative before'],
  ['absent', 'Delete', 'field', 'not in the document (with the whole value selected)'],
  ['revert', 'Escape', 'field', 'put back what was read'],
  ['zoom', 'F2', 'record', 'zoom: evidence, page width, whole page'],
  ['walk', 'F4', 'record', 'walk the words of the page: arrows move, Shift extends, Enter lifts, Escape returns'],
  ['pageup', 'PageUp', 'record', 'page before'],
  ['pagedown', 'PageDown', 'record', 'next page'],
  ['hard', 'F8', 'record', 'hard case, with its kind'],
  ['whole', 'Shift+F8', 'record', 'the document is something else: another type, several documents, or none'],
  ['release', 'F9', 'record', 'release: somebody else takes it; what you entered is kept'],
  ['undo', 'Alt+Z', 'record', 'undo the last submit, for as long as it is not released'],
  ['alike', 'Alt+A', 'record', 'look at all records that ask the same, and accept them together'],
  ['clean', 'Alt+F', 'record', 'find a field that is not in doubt'],
  ['cellnext', 'Alt+ArrowDown', 'grid', 'take the alternative of the cell'],
  ['rowadd', 'Shift+Enter', 'grid', 'add a row below'],
  ['rowsplit', 'Alt+Enter', 'grid', 'split the row in two'],
  ['rowdelete', 'Shift+Delete', 'grid', 'strike the row out, or restore it'],
  ['cut', 'ArrowDown', 'strip', 'cut before this page: a new document begins here'],
  ['join', 'ArrowUp', 'strip', 'join this page to the one before'],
  ['keys', 'F1', 'record', 'show these keys'],
].map(([id, key, where, says]) => ({ id, key, where, says }));

/** What works beside them and can't be changed, because browsers and screen readers expect it. */
export const FIXED = [
  ['type, Enter', 'correct: typing replaces the value'],
  ['click, Enter', 'lift the text and place of a word; Shift+click extends it'],
  ['Tab, Shift+Tab', 'move without deciding'],
  ['← → ↑ ↓', 'in a grid: from cell to cell; in the strip: from page to page'],
];

const MODIFIERS = ['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'Dead', 'Process', 'Unidentified'];
const SHOWN = {
  ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', Delete: 'Del', PageUp: 'PgUp', PageDown: 'PgDn',
};

export const known = id => ACTIONS.find(one => one.id === id);
let own = {};

/** Take the keys that a reviewer has set for himself, wherever he set them. */
export function adopt(keys) {
  own = Object.fromEntries(Object.entries(keys ?? {}).filter(([id, key]) => known(id) && typeof key === 'string'));
}

/** What a reviewer has set for himself. */
export const ownKeys = () => ({ ...own });

/** The key of an action as it is now. */
export const keyOf = id => own[id] ?? known(id).key;

/** How a key event is called: modifiers first, letters by what they are. */
export function nameOf(event) {
  if (MODIFIERS.includes(event.key)) return null;
  const letter = /^[a-z]$/i.test(event.key) ? event.key.toUpperCase() : /^Key[A-Z]$/.test(event.code) ? event.code.slice(3) : event.key;
  const held = [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', event.shiftKey ? 'Shift' : ''];
  return [...held.filter(Boolean), letter === ' ' ? 'Space' : letter].join('+');
}

/** The action that a key event means in any of these places, or null. */
export function actionOf(event, places) {
  const name = nameOf(event);
  return name && ACTIONS.find(one => places.includes(one.where) && keyOf(one.id) === name)?.id || null;
}

/** A key as people know it. */
export function caps(name) {
  return name.split('+').map(part => h('kbd', {}, SHOWN[part] ?? part));
}
export const capsOf = id => caps(keyOf(id));

/** Both lists, for the overview and for the settings. */
export function overview() {
  return h('dl.keys', {}, [
    ...ACTIONS.map(one => h('div', {}, h('dt', {}, capsOf(one.id)), h('dd', {}, WHERE[one.where], one.says))),
    ...FIXED.map(([key, says]) => h('div', {}, h('dt', {}, key), h('dd', {}, says))),
  ]);
}
export const WHERE = { field: '', record: '', grid: 'in a grid: ', strip: 'in the page strip: ' };
