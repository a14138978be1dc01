// The desk: one record at a time, the next one ready, everything by keys.

import { get, Offline, onNetwork, Problem } from './api.js';
import { $, failed, h, painted, put, say, several, widget, words } from './dom.js';
import { sentence } from './door.js';
import { begin, connection } from './frame.js';
import { actionOf, capsOf, nameOf, overview } from './keys.js';
import { Line, strandedDraft } from './line.js';
import { need, part } from './parts.js';
import { RecordView } from './record.js';
import { ARMED_MS } from './task.js';
import { Toast } from './toast.js';
import { Viewer } from './viewer.js';

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

// --- the page beside ------------------------------------------------------------------------------------------------

const tools = { page: h('span.pageno'), zoom: h('span', {}, 'evidence') };

const viewer = guarded(new Viewer($('.stage'), {
  say,
  lift: (text, place) => view?.lift(text, place),
  leave: () => view instanceof RecordView && view.current ? view.focus(view.current.field.path) : $('input, button', panel)?.focus(),
  page: (number, count) => { put(tools.page, `page ${number} of ${count}`); tools.turn.disabled = count < 2; },
  mode: name => { tools.zoom.textContent = { evidence: 'evidence', width: 'page width', page: 'whole page' }[name]; },
}));

/** A page that can't be drawn takes nothing else with it. */
function guarded(made) {
  return new Proxy(made, {
    get(target, name) {
      const found = target[name];
      if (typeof found !== 'function') return found;
      return (...given) => {
        try { return found.apply(target, given); } catch (error) { failed('page', $('.viewer'), error); return undefined; }
      };
    },
  });
}

/** The page's own keys, above it; once it is known which keys somebody wants. */
function drawTools() {
  const quiet = (...given) => h('button.quiet', { type: 'button', ...given[0] }, ...given.slice(1));
  tools.turn = quiet({ onclick: () => turn(viewer.page && viewer.page.number < viewer.pages.count ? 1 : 1 - viewer.pages.count) }, capsOf('pageup'), capsOf('pagedown'), h('span', {}, 'page'));
  const walk = quiet({ onclick: () => $('.stage').focus() }, capsOf('walk'), h('span', {}, 'walk the words'));
  walk.classList.add('walker');
  $('.tools').replaceChildren(tools.page, tools.turn, quiet({ onclick: () => viewer.cycle() }, capsOf('zoom'), tools.zoom), walk,
    h('span.walking', {}, h('kbd', {}, '←↑↓→'), 'word', h('kbd', {}, 'Shift'), 'extend', h('kbd', {}, 'Enter'), 'lift', h('kbd', {}, 'Home'), 'evidence', h('kbd', {}, 'Esc'), 'back'));
}

const turn = by => { if (viewer.page && viewer.turn(viewer.page.number + by)) { viewer.draw(); viewer.settle(false); say(tools.page.textContent); } };

// --- one item after the other -----------------------------------------------------------------------------------------

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
async function together(item) {
  if (!item.task.alike) { say('No other record asks the same.'); return; }
  if (item.task.touched || item.items) { toast.say('You have changed this record: it is decided by itself.'); return; }
  try {
    const others = await line.alike(item);
    await Promise.all(others.map(one => one.loaded));
    const stays = others.length && line.current === item && !item.task.touched && await need(['together']);
    if (stays) open(Object.assign(item, { items: [item, ...others] }), 0);
    else { apart(item, others, false); toast.say('They were not opened together: somebody has them meanwhile, or you went on.'); }
  } catch (error) {
    toast.say(error instanceof Problem ? sentence(error.message) : 'The server does not answer; the others could not be asked for.');
  }
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
  const gone = line.release(item);
  toast.say(`${title}: released, what you entered is kept`);
  if (!line.ready.length) {
    desk.dataset.state = 'loading';
    await gone;
  }
  advance();
}

async function undo() {
  if (!line.lastUndoable) { say('There is nothing to undo any more.'); return; }
  try {
    const item = await line.undo();
    if (!item) return;
    await item.loaded;
    toast.clear();
    advance();
    say(`${item.task.title} is back.`);
  } catch (error) {
    toast.say(error instanceof Problem ? sentence(error.message) : 'The server does not answer; undo could not be asked for.');
  }
}

/** A decision that was not taken as it is comes back as the next item; nobody is interrupted. */
async function comesBack(one, error) {
  if (error.status === 412) await need(['conflict']);
  const { item } = one;
  const title = item?.task.title ?? 'a record';
  if (error.status === 412 && item && part('conflict')) {
    Object.assign(item, { kind: 'conflict', differences: error.body.differences, version: error.body.version, until: Infinity });
    item.draft.closed = false;
    item.task.togetherWith = null;
    item.items = null;
    line.ready.unshift(item);
    toast.say(`${title} was changed meanwhile: it comes next, nothing is lost`);
  } else if (error.status === 422 && item) {
    item.draft.closed = false;
    item.task.togetherWith = null;
    item.items = null;
    item.task.problems = { ...item.task.problems, ...(error.body.field ? { [error.body.field]: error.message } : {}) };
    for (const field of item.task.asked) if (field.path === error.body.field) item.task.state(field.path).status = 'open';
    if (error.body.rules) item.task.verdicts = item.task.verdicts.map(was => error.body.rules.find(now => now.rule === was.rule) ?? was);
    line.ready.unshift(item);
    toast.say(`${title} comes back: ${error.message}`);
  } else {
    toast.say(`${title}: ${error.message}`, true);
  }
  if (!line.current) advance();
  status();
}

function lost(item, error) {
  toast.say(`${item.task.title}: ${error.message}`, true);
  item.draft.flush();
  if (line.current === item) { line.current = null; advance(); }
}

// --- nothing to show --------------------------------------------------------------------------------------------------

async function idle() {
  view?.end();
  view = null;
  document.title = 'Review · doctrail';
  const waiting = line.filling ?? line.outbox.count > 0;
  if (line.filling && !line.dry) {
    desk.dataset.state = 'loading';
    panel.replaceChildren(h('div.nothing', {}, h('h1', { tabindex: '-1' }, 'Looking for work …')));
    return;
  }
  const trouble = line.trouble;
  desk.dataset.state = trouble ? 'trouble' : 'empty';
  const title = h('h1', { tabindex: '-1' }, !trouble ? 'Nothing waits for you.' : trouble instanceof Offline ? 'The server does not answer.' : 'The server could not answer.');
  const text = !trouble ? 'New records appear here by themselves; there is nothing to reload.'
    : trouble instanceof Offline ? 'What you decided is kept here and sent when it is back. Trying again by itself.' : `${sentence(trouble.message)} Trying again by itself.`;
  const figures = h('dl.figures');
  const fresh = !$('.nothing h1', panel) || $('.nothing h1', panel).textContent !== title.textContent;
  if (!fresh) return;
  panel.replaceChildren(h('div.nothing', {}, title, h('p', {}, text), figures, h('p.hints', {}, capsOf('undo'), 'takes back the last submit, while it can')));
  title.focus();
  say(title.textContent);
  if (waiting || !trouble) widget('figures', figures, () => drawFigures(figures));
}

/** How somebody has been doing, and what waits; null while the server does not say. */
async function figures() {
  try {
    const [{ figures: mine }, { queues }] = await Promise.all([get('/v1/me'), get('/v1/review/queues')]);
    const pace = [several(mine.records ?? 0, 'record'), ...(mine.median_active_seconds == null ? [] : [`median ${mine.median_active_seconds} s`])];
    return { pace: pace.join(', '), done: mine.records, queues, waiting: queues.reduce((sum, one) => sum + one.waiting, 0) };
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Offline)) throw error;
    return null;
  }
}

async function drawFigures(place) {
  const found = await figures();
  const rows = found ? [['Your last 30 days', found.pace], ...found.queues.slice(0, 4).map(one => [`Queue ${words(one.queue)}`, `${one.waiting} with others or not for you`])] : [];
  place.replaceChildren(...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

// --- the bar ----------------------------------------------------------------------------------------------------------

let online = true;
onNetwork(up => { online = up; if (up) line.outbox.run(); status(); });

function status() {
  const kept = line.outbox.count;
  if (!online) {
    connection(`Offline. ${kept ? `${several(kept, 'decision')} kept here` : 'What you enter is kept'}, sent when the network is back.`, true);
  } else if (line.outbox.waiting[0]?.trouble) {
    connection(`The server can't take decisions just now; ${several(kept, 'is', 'are')} kept here and sent again.`, true);
  } else connection('');
  toast?.undoable(line.lastUndoable);
}

async function pace() {
  const found = await figures();
  if (found) put($('.pace'), `${found.waiting ? several(found.waiting, 'waits', 'wait') : 'nothing waits'}${found.done ? ` · ${found.pace}` : ''}`);
}

// --- keys -------------------------------------------------------------------------------------------------------------

const ACTS = {
  all: () => view?.acceptAll(),
  zoom: () => viewer.cycle(),
  walk: () => $('.stage').focus(),
  pageup: () => turn(-1),
  pagedown: () => turn(1),
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
  const now = performance.now();
  const task = view?.item.task;
  if (task) {
    if (!event.repeat && nameOf(event)) task.keystrokes += 1;
    if (now - lastKey < IDLE_MS && !document.hidden) task.activeMs += now - Math.max(lastKey, view.item.opened ?? 0);
  }
  lastKey = line.lastActive = now;
}

document.addEventListener('pointerdown', () => {
  const now = performance.now();
  if (view && now - lastKey < IDLE_MS) view.item.task.activeMs += now - Math.max(lastKey, view.item.opened ?? 0);
  lastKey = line.lastActive = now;
});

for (const [name, on] of [['focus', true], ['blur', false]]) $('.stage').addEventListener(name, () => $('.viewer').classList.toggle('walks', on));
panel.addEventListener('focusin', event => view?.entered?.(event.target));
$('#help').addEventListener('click', () => help());
addEventListener('pagehide', () => { for (const one of [line.current, ...line.ready]) one?.draft?.flush(true); });
addEventListener('pageshow', event => { if (event.persisted) line.beat(); });
setInterval(() => { if (!document.hidden) status(); }, 1000);
setInterval(() => { if (!document.hidden) pace(); }, 60_000);

function help() {
  const before = document.activeElement;
  const close = h('button', { type: 'button', onclick: () => dialog.close() }, h('kbd', {}, 'Esc'), 'close');
  const dialog = h('dialog.help', { 'aria-labelledby': 'help-title' }, h('h2', { id: 'help-title', tabindex: '-1', autofocus: true }, 'Keys'), overview(),
    h('p', {}, close, h('a', { href: '/settings' }, 'change them')));
  dialog.addEventListener('close', () => { dialog.remove(); before?.focus?.({ preventScroll: true }); });
  document.body.append(dialog);
  dialog.showModal();
}

// --- begin ------------------------------------------------------------------------------------------------------------

async function start() {
  await begin({ tellsNetwork: false });
  drawTools();
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
