// The desk: one record at a time, the next one ready, everything by keys.

import { onNetwork, Problem } from './api.js';
import { Beside } from './beside.js';
import { $, h, painted, say, sentence, several, widget } from './dom.js';
import { begin, connection } from './frame.js';
import { drawIdle, pace } from './idle.js';
import { actionOf, nameOf } from './keys.js';
import { Line, strandedDraft } from './line.js';
import { need, part } from './parts.js';
import { RecordView } from './record.js';
import { ARMED_MS } from './task.js';
import { Toast } from './toast.js';

const IDLE_MS = 30_000;
const PATIENCE_MS = 600;
const desk = $('.desk');
const panel = $('.panel');
let toast = null;
let view = null;
let armed = 0;
let begun = false;
let lastKey = performance.now();

const line = new Line({
  changed: () => { status(); if (begun && !line.current && desk.dataset.state !== 'record') advance(); },
  returned: (one, error) => comesBack(one, error),
  lost: (item, error) => lost(item, error),
});

const beside = new Beside({
  lift: (text, place) => view?.lift(text, place),
  leave: () => view instanceof RecordView && view.current ? view.focus(view.current.field.path) : $('input, button', panel)?.focus(),
});
const { viewer } = beside;

// --- one item after the other ---

/** Show what comes next, or that nothing waits. */
function advance() {
  const item = line.next();
  if (item) open(item);
  else idle();
}

function open(item, armedFor = ARMED_MS) {
  const at = performance.now();
  const Made = item.whole && madeFor(item);
  if (!item.whole) {
    // A part of the page that this record needs is still on its way.
    desk.dataset.state = 'loading';
    item.parts.then(() => { if (line.current === item) open(item, armedFor); });
    return;
  }
  if (item.kind !== 'conflict') {
    const stranded = strandedDraft(item.id);
    if (stranded && !item.undone) item.task.restore(stranded);
  }
  if (!Made) { halted('This record can\'t be shown.', 'A part of the page could not be loaded. Load it again; what was entered is kept.'); return; }
  view?.end();
  panel.inert = false;
  viewer.open(item.pages);
  desk.dataset.state = 'record';
  armed = at + armedFor;
  item.opened = at;
  view = new Made(panel, viewer, item, { submit, other, back, release, together, apart });
  document.title = `${item.task.title} · doctrail`;
  widget('record', panel, () => view.start());
  status();
  const first = item.pages.at(item.task.evidencePages[0] ?? 1);
  if (item.asked) performance.mark(!first || first.loaded ? 'ahead' : 'late');
  painted().then(end => performance.measure('record', { start: item.asked ?? at, end }));
}

/** The view for an item; its part was fetched with it. */
function madeFor(item) {
  if (item.kind === 'conflict') return part('conflict')?.ConflictView;
  if (item.items) return part('together')?.TogetherView;
  return item.task.isFields ? RecordView : part('whole')?.WholeView;
}

/** Go on with a part of the page that is fetched now; where it can't be, say so and stay. */
async function having(name, item, then) {
  if (!await need([name])) { toast.say('This part of the page could not be loaded; what you entered is kept. Try again.', true); return; }
  if (line.current === item) then();
}

function submit(item) {
  const at = performance.now();
  toast.sent(item.items ? several(item.items.length, 'record') : item.task.title);
  line.submit(item);
  const next = line.next();
  if (next) { next.asked = at; open(next); } else idle();
}

/** Decide what the document is instead of its fields. */
function other(item) {
  having('whole', item, () => {
    if (item.task.isFields) item.task.whole.kind = 'type';
    item.task.whole.type = null;
    open(item, 0);
  });
}

/** Look at everything that asks the same; accepted together, or not at all. */
function together(item) {
  if (!item.task.alike) say('No other record asks the same.');
  else if (item.task.touched || item.items) toast.say('You have changed this record: it is decided by itself.');
  else having('together', item, async () => { if (await part('together').gather(item, { line, toast })) open(item, 0); });
}

/** Give back those that are not accepted together with a record after all. */
function apart(item, left, again = true) {
  for (const one of left) line.release(one);
  if (!again) return;
  item.items = null;
  open(item, 0);
}

function back(item) {
  item.task.whole.kind = 'fields';
  item.draft.touch();
  open(item, 0);
}

async function release(item) {
  const { title } = item.task;
  line.given.push(item.id);
  const gone = line.release(item);
  toast.say(`${title}: released, what you entered is kept`);
  if (!line.ready.length) {
    desk.dataset.state = 'loading';
    await gone;
  }
  advance();
}

async function undo() {
  // What is on its way can be taken back once its answer is here.
  await line.outbox.sending;
  if (!line.lastUndoable) { say('There is nothing to undo any more.'); return; }
  try {
    const item = await line.undo();
    if (!item) return;
    await item.loaded;
    toast.clear();
    // Meanwhile the look for new records may have shown it.
    if (line.current !== item) advance();
    say(`${item.task.title} is back.`);
  } catch (error) {
    toast.say(error instanceof Problem ? sentence(error.message) : 'The server does not answer; undo could not be asked for.');
  }
}

/** A decision that was not taken as it is comes back as the next item; nobody is interrupted. */
async function comesBack({ item }, error) {
  const title = item?.task.title ?? 'a record';
  const { body } = error;
  // What others have now is kept by the server, as a draft.
  if (!item || ['claimed', 'decided'].includes(error.code)) toast.say(`${title}: ${error.message}`, true);
  else if (error.status === 412 && await need(['conflict'])) {
    again(item, { kind: 'conflict', differences: body.differences, version: body.version });
    toast.say(`${title} was changed meanwhile: it comes next, nothing is lost`);
  } else {
    const { task } = item;
    if (body.field) task.problems = { ...task.problems, [body.field]: error.message };
    for (const field of task.asked) if (field.path === body.field) task.state(field.path).status = 'open';
    if (body.rules) task.verdicts = task.verdicts.map(was => body.rules.find(now => now.rule === was.rule) ?? was);
    again(item);
    toast.say(`${title} comes back: ${error.message}`);
  }
  if (!line.current) advance();
  status();
}

/** Let a record that was handed in be the next one, by itself. */
function again(item, changes = {}) {
  Object.assign(item, { items: null, until: Infinity, ...changes });
  item.draft.closed = false;
  item.draft.touch();
  item.task.togetherWith = null;
  line.ready.unshift(item);
}

function lost(item, error) {
  toast.say(`${item.task.title}: ${error.message}`, true);
  item.draft.flush();
  if (line.current === item) { line.current = null; advance(); }
}

/** Nothing is there to show: say why, and what the queue is like. */
function idle() {
  view?.end();
  view = null;
  document.title = 'Review · doctrail';
  desk.dataset.state = drawIdle(panel, line);
}

// --- the bar ---

let online = true;
onNetwork(up => { online = up; if (up) line.outbox.run(); status(); });

function status() {
  const kept = line.outbox.count;
  if (!online) {
    connection(`Offline. ${kept ? `${several(kept, 'decision')} kept here` : 'What you enter is kept'}, sent when the network is back.`, true);
  } else if (line.outbox.waiting[0]?.trouble) {
    connection(`The server can't take decisions just now; ${several(kept, 'is', 'are')} kept here and sent again.`, true);
  } else connection('');
  toast?.undoable(line.lastUndoable, kept && $('.net.trouble'));
}

const ACTS = {
  all: () => view?.acceptAll(),
  zoom: () => viewer.cycle(),
  walk: () => beside.walk(),
  pageup: () => beside.turn(-1),
  pagedown: () => beside.turn(1),
  hard: () => view?.hard(),
  whole: () => view instanceof RecordView ? other(view.item) : view?.hasFields && back(view.item),
  release: () => view && release(view.item),
  alike: () => view instanceof RecordView && together(view.item),
  clean: () => view instanceof RecordView && view.openClean(),
  keys: () => help(),
};

document.addEventListener('keydown', event => {
  if (event.isComposing || $('dialog[open]')) return;
  count(event);
  const action = actionOf(event, ['record']);
  if (action === 'undo') { event.preventDefault(); undo(); return; }
  if (action === 'keys') { event.preventDefault(); help(); return; }
  if (!view || desk.dataset.state !== 'record') return;
  const decides = ['Enter', 'Ctrl+Enter'].includes(nameOf(event)) || action === 'all' || actionOf(event, ['field']) === 'accept';
  // A held or bouncing key never decides, least of all about a record that nobody has seen yet.
  if (decides && event.target !== $('.stage') && (event.repeat || performance.now() < armed)) { event.preventDefault(); return; }
  if (action) {
    event.preventDefault();
    if (!event.repeat || action.startsWith('page')) ACTS[action]?.();
    return;
  }
  if (panel.contains(event.target) && widget('record', panel, () => view.key(event))) event.preventDefault();
});

function count(event) {
  if (view && !event.repeat && nameOf(event)) view.item.task.keystrokes += 1;
  spend();
}

/** Time that somebody is at work, pauses left out. */
function spend() {
  const now = performance.now();
  if (view && now - lastKey < IDLE_MS && !document.hidden) view.item.task.activeMs += now - Math.max(lastKey, view.item.opened ?? 0);
  lastKey = line.lastActive = now;
}

document.addEventListener('pointerdown', spend);
panel.addEventListener('focusin', event => view?.entered?.(event.target));
$('#help').addEventListener('click', () => help());
addEventListener('pagehide', () => { for (const one of [line.current, ...line.ready]) one?.draft?.flush(true); });
addEventListener('pageshow', event => { if (event.persisted) line.beat(); });
setInterval(() => { if (!document.hidden) status(); }, 1000);
setInterval(() => { if (!document.hidden) pace(); }, 60_000);

async function help() {
  if (await need(['help'])) part('help').open();
  else toast.say('The list of keys could not be loaded. Try again.', true);
}

async function start() {
  await begin({ tellsNetwork: false });
  beside.draw();
  toast = new Toast(() => undo());
  const wanted = /^\/work\/([^/]+)$/.exec(location.pathname);
  line.queue = new URLSearchParams(location.search).get('queue');
  line.outbox.recover();
  try {
    await line.resume(wanted && decodeURIComponent(wanted[1]));
  } catch (error) {
    toast.say(error instanceof Problem ? sentence(error.message) : 'The server does not answer.', true);
  }
  if (!line.ready.length) await line.fill();
  // A page that takes its time must not hold up the fields beside it.
  await Promise.race([line.ready[0]?.loaded, new Promise(done => setTimeout(done, PATIENCE_MS))]);
  begun = true;
  if (!line.current) advance();
  pace();
}

/** The desk can't go on by itself. */
function halted(title, text) {
  desk.dataset.state = 'trouble';
  const again = h('button', { type: 'button', onclick: () => location.reload() }, 'Load again');
  panel.replaceChildren(h('div.nothing', {}, h('h1', {}, title), h('p', {}, text), again));
  again.focus();
}

start().catch(error => {
  halted('This page could not start.', error instanceof Problem ? sentence(error.message) : 'Load it again; what was entered is kept.');
  console.warn(error);
});
