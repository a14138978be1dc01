// Keys: which there are, in which place each works, and how somebody changed it. None of them types a character.

import { h } from './dom.js';

/** [action, key, where it works]; the same key may mean other things in other places. What each does: help.js. */
export const ACTIONS = [
  ['accept', 'Enter', 'field'],
  ['all', 'Ctrl+Enter', 'record'],
  ['next', 'ArrowDown', 'field'],
  ['before', 'ArrowUp', 'field'],
  ['absent', 'Delete', 'field'],
  ['revert', 'Escape', 'field'],
  ['zoom', 'F2', 'record'],
  ['walk', 'F4', 'record'],
  ['pageup', 'PageUp', 'record'],
  ['pagedown', 'PageDown', 'record'],
  ['hard', 'F8', 'record'],
  ['whole', 'Shift+F8', 'record'],
  ['release', 'F9', 'record'],
  ['undo', 'Alt+Z', 'record'],
  ['alike', 'Alt+A', 'record'],
  ['clean', 'Alt+F', 'record'],
  ['cellnext', 'Alt+ArrowDown', 'grid'],
  ['rowadd', 'Shift+Enter', 'grid'],
  ['rowsplit', 'Alt+Enter', 'grid'],
  ['rowdelete', 'Shift+Delete', 'grid'],
  ['curvenext', 'Alt+ArrowDown', 'curve'],
  ['curveline', 'Shift+Delete', 'curve'],
  ['curveundo', 'Ctrl+Z', 'curve'],
  ['cut', 'ArrowDown', 'strip'],
  ['join', 'ArrowUp', 'strip'],
  ['keys', 'F1', 'record'],
].map(([id, key, where]) => ({ id, key, where }));

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
