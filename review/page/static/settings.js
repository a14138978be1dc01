// Keys as somebody wants them, and how the page looks.

import { ask, Problem } from './api.js';
import { $, h, say, sentence } from './dom.js';
import { begin, show, table } from './frame.js';
import { FIXED, SAYS, WHERE } from './help.js';
import { ACTIONS, adopt, caps, capsOf, keyOf, known, nameOf, ownKeys } from './keys.js';

await begin();
let catching = null;
let said = '';
await show(build);

function build() {
  return [
    h('p.lead', {}, 'Press a button, then the new key. No key that types a character can be one, so that nothing is ever swallowed while you type. They go with you: they are the same wherever you log in.'),
    h(`p.said${said ? '.wrong' : ''}`, { role: 'status' }, said),
    table('Keys', ['What it does', 'Key', ''], ACTIONS.map(row)),
    h('p.start', {}, h('button', { type: 'button', onclick: () => keeping(keep({}), 'All keys as they were.') }, 'All keys as they were')),
    h('h2', {}, 'These stay as they are'),
    table('Keys that stay', ['What it does', 'Key'], FIXED.map(([key, says]) => [says, key])),
  ];
}

function row(action) {
  const mine = catching === action.id;
  const button = h(`button${mine ? '.catching' : ''}`, {
    type: 'button', 'data-action': action.id, 'aria-label': `Change the key for: ${SAYS[action.id]}`,
    onclick: () => { catching = action.id; said = ''; redraw(action.id); },
    onkeydown: event => mine && caught(event, action), onblur: () => { if (mine && catching === action.id) { catching = null; redraw(); } },
  }, mine ? 'press a key …' : 'change');
  const changed = keyOf(action.id) !== action.key;
  return [h('span', {}, `${WHERE[action.where]}${SAYS[action.id]}`), h('span.caps', {}, capsOf(action.id), changed ? [' ', h('span.small', {}, 'was ', caps(action.key))] : null), button];
}

function caught(event, action) {
  if (event.key === 'Tab') return;
  event.preventDefault();
  const name = nameOf(event);
  if (!name) return;
  const why = objection(action.id, name);
  catching = null;
  said = why ? `${name}: ${why}.` : '';
  if (!why) keeping(remap(action.id, name), `${brief(action.id)}: ${name}`);
  redraw(action.id);
}

const brief = id => SAYS[id].split(/[,;:]/)[0];

/** Why an action can't have this key; null where it can. */
function objection(id, name) {
  const last = name.split('+').at(-1);
  const held = name.includes('+') && !/^Shift\+[^+]+$/.test(name);
  if (!held && (last.length === 1 || last === 'Space')) return 'a key that types a character can\'t be one: hold Ctrl or Alt with it';
  if (['Tab', 'Shift+Tab'].includes(name)) return 'Tab moves, everywhere';
  const places = place => place === 'record' || known(id).where === 'record' ? true : known(id).where === place;
  const other = ACTIONS.find(one => one.id !== id && keyOf(one.id) === name && places(one.where));
  return other ? `taken: ${brief(other.id)}` : null;
}

/** Give an action another key, or its own one back. */
function remap(id, name) {
  const { [id]: before, ...others } = ownKeys();
  return keep(name === known(id).key ? others : { ...others, [id]: name });
}

function keep(keys) {
  adopt(keys);
  return ask('PUT', '/v1/me/preferences', { body: { keys } });
}

/** Say what was kept, or that it could not be. */
async function keeping(done, text) {
  try {
    await done;
    said = '';
    say(text);
  } catch (error) {
    said = error instanceof Problem ? sentence(error.message) : 'The server does not answer: the keys hold on this page only.';
  }
  redraw(document.activeElement?.dataset.action);
}

function redraw(focus) {
  $('.content').replaceChildren(...build());
  if (focus) $(`[data-action="${focus}"]`)?.focus();
}
