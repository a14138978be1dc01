// The queue: what waits, how old the oldest is, and how you have been doing.

import { ago, get } from './api.js';
import { h, several, words } from './dom.js';
import { begin, show, table } from './frame.js';

const me = await begin();
const works = me.roles.some(one => ['reviewer', 'adjudicator', 'admin'].includes(one));
const oversees = me.roles.some(one => ['adjudicator', 'admin', 'service'].includes(one));
const names = {};

await show(async () => {
  const [{ queues }, mine, stats, held] = await Promise.all([
    get('/v1/review/queues'), get('/v1/me'), oversees ? get('/v1/stats') : null, get('/v1/tasks?state=open&mine=1'),
  ]);
  if (me.roles.includes('admin')) for (const one of (await get('/v1/reviewers')).reviewers) names[one.reviewer_id] = one.name;
  const waiting = queues.reduce((sum, one) => sum + one.waiting, 0);
  const oldest = queues.map(one => one.oldest).sort()[0];
  return [
    h('p.lead', {}, waiting ? `${several(waiting, 'task waits', 'tasks wait')}, the oldest for ${ago(oldest)}.` : 'Nothing waits.'),
    works ? h('p.start', {}, h('a.button', { href: '/work' }, held.tasks.length ? 'Go on' : 'Start'), h('span.small', {}, held.tasks.length ? `${several(held.tasks.length, 'task')} kept for you` : 'whatever is worth most of your time comes first')) : null,
    numbers(mine.figures),
    h('h2', {}, 'Queues'), queueTable(queues),
    ...(stats ? overseen(stats) : []),
  ].filter(Boolean);
});

function numbers(figures) {
  const share = figures.correction_rate;
  const tiles = [
    ['Records, 30 days', figures.records ?? 0],
    ['Median a record', figures.median_active_seconds == null ? '–' : `${figures.median_active_seconds} s`],
    ['Fields corrected', share == null ? '–' : `${(100 * share).toFixed(0)} %`],
    ['Hard cases', figures.hard_cases ?? 0],
  ];
  return h('dl.tiles', {}, tiles.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, String(value)))));
}

function late(count) { return count ? h('span.late', {}, String(count)) : 'none'; }

function queueTable(queues) {
  if (!queues.length) return h('p.nothing-here', {}, 'No queue has anything. Documents that need a person appear here by themselves.');
  return table('Queues', ['Queue', 'Waiting', 'Overdue', 'Oldest', ''], queues.map(one => [
    words(one.queue), String(one.waiting), late(one.overdue), ago(one.oldest),
    works ? h('a', { href: `/work?queue=${encodeURIComponent(one.queue)}`, 'aria-label': `work on these only: ${words(one.queue)}` }, 'work on these only') : '',
  ]));
}

function overseen(stats) {
  const people = Object.entries(stats.by_reviewer);
  return [
    stats.waiting.length ? h('h2', {}, 'By lane') : '',
    stats.waiting.length ? table('Waiting by lane', ['Queue', 'Lane', 'Waiting', 'Overdue', 'Oldest'], stats.waiting.map(one => [
      words(one.queue), one.lane, String(one.waiting), late(one.overdue), ago(one.oldest)])) : '',
    h('h2', {}, 'People, 30 days'),
    people.length ? table('People', ['Who', 'Records', 'Median', 'Corrected', 'Known answers right', 'Pace'], people.map(([who, one]) => [
      h('bdi', {}, names[who] ?? who.slice(0, 12)), String(one.records), one.median_active_seconds == null ? '–' : `${one.median_active_seconds} s`,
      one.correction_rate == null ? '–' : `${(100 * one.correction_rate).toFixed(0)} %`,
      one.gold_judged ? `${one.gold_right} of ${one.gold_judged}` : '–',
      one.hurried ? h('span.late', {}, 'hurried: talk to them') : 'fine',
    ])) : h('p.nothing-here', {}, 'Nobody has decided anything yet.'),
    stats.most_corrected.length ? h('h2', {}, 'Corrected most') : '',
    stats.most_corrected.length ? table('Corrected most', ['Field', 'Queue', 'Corrected'], stats.most_corrected.map(one => [
      words(one.field), words(one.queue), `${one.corrected} of ${one.decided}`])) : '',
  ];
}
