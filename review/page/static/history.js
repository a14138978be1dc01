// Who decided what: of one record step by step, or the decisions there were.

import { get } from './api.js';
import { h, several, short, when, words } from './dom.js';
import { all, begin, show, table } from './frame.js';

const me = await begin();
const oversees = me.roles.some(one => ['adjudicator', 'admin', 'service'].includes(one));
const wanted = /^\/history\/([^/]+)$/.exec(location.pathname);
const names = { [me.reviewer_id]: me.name };
if (me.roles.includes('admin')) for (const one of (await get('/v1/reviewers')).reviewers) names[one.reviewer_id] = one.name;

/** A file by its name, and the beginning of what tells it from others of that name. */
const filed = value => String(value).replace(/^documents\/\S+\/([0-9a-f]{8})[0-9a-f]{56}\/(\S+)$/, '$2 ($1)');
const text = value => {
  const shown = (value ?? []).map(one => Array.isArray(one) ? one.filter(Boolean).join(' · ') : filed(one)).join('; ');
  return shown ? h('bdi', {}, short(shown, 400)) : '';
};
const who = made => names[made.reviewer_id] ?? made.reviewer_id.slice(0, 12);
const became = made => made.problem ? `refused: ${made.problem}` : { held: 'can still be undone', released: made.published_at ? 'carried out' : 'released', undone: 'taken back' }[made.state] ?? made.state;

await show(wanted ? () => one(wanted[1]) : list);

async function list() {
  const found = oversees ? await all('/v1/decisions?newest=1', 'decisions', 1) : [];
  if (oversees) {
    if (!found.length) return h('p.nothing-here', {}, 'Nobody has decided anything yet.');
    return [h('p.lead', {}, `The last ${several(found.length, 'decision')}, newest first.`), table('Decisions', ['When', 'Queue', 'Who', 'What', 'Became', ''], found.map(made => [
      when(made.decided_at), words(made.queue), h('bdi', {}, who(made)), summary(made), became(made),
      h('a', { href: `/history/${made.task_id}`, 'aria-label': `open the history of the record decided ${when(made.decided_at)}` }, 'open')]))];
  }
  const mine = (await all('/v1/tasks?mine=1', 'tasks', 4)).filter(task => task.state !== 'open');
  if (!mine.length) return h('p.nothing-here', {}, 'You have not decided anything yet.');
  return [h('p.lead', {}, `The last ${several(mine.length, 'record')} that you decided, newest first.`), table('Your records', ['Asked', 'Queue', 'State', ''], mine.map(task => [
    when(task.requested_at), words(task.queue), task.state === 'held' ? 'can still be undone' : task.state,
    h('a', { href: `/history/${task.task_id}`, 'aria-label': `open the history of the record asked ${when(task.requested_at)}` }, 'open')]))];
}

async function one(id) {
  const [task, { decisions }] = await Promise.all([get(`/v1/review/${id}`), get(`/v1/review/${id}/history`)]);
  const titles = Object.fromEntries(task.fields.map(field => [field.path, field.title]));
  return [
    h('p.lead', {}, h('bdi', {}, task.name ?? task.document_id), ` · ${task.title ?? words(task.doc_type)} · asked ${when(task.requested_at)}`,
      task.state === 'open' ? [' · ', h('a', { href: `/work/${id}` }, 'work on it')] : ` · ${{ held: 'can still be undone', done: 'decided', closed: 'closed' }[task.state] ?? task.state}`),
    decisions.length ? h('ol.steps', {}, decisions.map(made => step(made, titles))) : h('p.nothing-here', {}, 'Nobody has decided this yet.'),
  ];
}

function step(made, titles) {
  return h('li', {},
    h('h2', {}, h('bdi', {}, who(made)), ` · ${when(made.decided_at)}`),
    h('p.small', {}, `${became(made)} · ${(made.active_ms / 1000).toFixed(1)} s, ${several(made.keystrokes, 'keystroke')}${made.hard_case ? ` · hard case: ${made.hard_tag ?? 'other'}` : ''}`),
    made.comment ? h('p', {}, h('bdi', {}, made.comment)) : null,
    made.kind === 'fields' ? changes(made, titles) : h('p', {}, summary(made)));
}

function changes(made, titles) {
  if (!made.fields.length) return h('p', {}, 'Nothing was asked.');
  return h('dl.diff', {}, made.fields.map(field => [h('dt', {}, titles[field.path] ?? field.path),
    h('dd', {}, field.action === 'accept' ? [h('b', {}, text(field.after)), ' accepted'] : [
      text(field.before) ? h('s', {}, text(field.before)) : null, h('b', {}, field.action === 'absent' ? 'not in the document' : text(field.after)),
      field.source === 'lifted' ? ` lifted from page ${field.box?.page}` : field.source === 'alternative' ? ' an alternative' : ''])]));
}

function summary(made) {
  if (made.kind === 'type') return `it is ${words(made.doc_type)}`;
  if (made.kind === 'split') return `split: ${made.ranges.map(([a, b]) => a === b ? a : `${a}–${b}`).join(', ')}`;
  if (made.kind === 'rejection') return 'no document';
  const changed = made.fields.filter(field => field.action !== 'accept').length;
  return `${several(made.fields.length, 'field')}, ${changed ? `${changed} changed` : 'none changed'}`;
}
