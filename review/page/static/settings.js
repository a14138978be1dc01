// Keys as somebody wants them, and how the page looks.

import { $, h, say } from './dom.js';
import { begin, show, table } from './frame.js';
import { ACTIONS, caps, capsOf, FIXED, keyOf, nameOf, objection, remap, resetKeys, WHERE } from './keys.js';

await begin();
let catching = null;
let said = '';
await show(build);

function build() {
  return [
    h('p.lead', {}, 'Press a button, then the new key. No key that types a character can be one, so that nothing is ever swallowed while you type. Kept in this browser.'),
    h(`p.said${said ? '.wrong' : ''}`, { role: 'status' }, said),
    table('Keys', ['What it does', 'Key', ''], ACTIONS.map(row)),
    h('p.start', {}, h('button', { type: 'button', onclick: () => { resetKeys(); said = ''; redraw(); say('All keys as they were.'); } }, 'All keys as they were')),
    h('h2', {}, 'These stay as they are'),
    table('Keys that stay', ['What it does', 'Key'], FIXED.map(([key, says]) => [says, key])),
  ];
}

function row(action) {
  const mine = catching === action.id;
  const button = h(`button${mine ? '.catching' : ''}`, {
    type: 'button', 'data-action': action.id, 'aria-label': `Change the key for: ${action.says}`,
    onclick: () => { catching = action.id; said = ''; redraw(action.id); },
    onkeydown: event => mine && caught(event, action), onblur: () => { if (mine && catching === action.id) { catching = null; redraw(); } },
  }, mine ? 'press a key …' : 'change');
  const changed = keyOf(action.id) !== action.key;
  return [h('span', {}, `${WHERE[action.where]}${action.says}`), h('span', {}, capsOf(action.id), changed ? [' ', h('span.small', {}, 'was ', caps(action.key))] : null), button];
}

function caught(event, action) {
  if (event.key === 'Tab') return;
  event.preventDefault();
  const name = nameOf(event);
  if (!name) return;
  const why = objection(action.id, name);
  catching = null;
  said = why ? `${name}: ${why}.` : '';
  if (!why) { remap(action.id, name); say(`${action.says.split(/[,;:]/)[0]}: ${name}`); }
  redraw(action.id);
}

function redraw(focus) {
  $('.content').replaceChildren(...build());
  if (focus) $(`[data-action="${focus}"]`)?.focus();
}
