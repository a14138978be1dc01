// What is on the screen while there is no record, and how somebody has been doing.

import { get, known, Offline } from './api.js';
import { $, h, put, say, sentence, several, widget, words } from './dom.js';
import { capsOf } from './keys.js';

/** Say that work is looked for, that there is none, or what is the matter; returns which. */
export function drawIdle(panel, line) {
  if (line.filling && !line.dry) {
    panel.replaceChildren(h('div.nothing', {}, h('h1', { tabindex: '-1' }, 'Looking for work …')));
    return 'loading';
  }
  const { trouble } = line;
  const title = !trouble ? 'Nothing waits for you.' : trouble instanceof Offline ? 'The server does not answer.' : 'The server could not answer.';
  const text = !trouble ? 'New records appear here by themselves; there is nothing to reload.'
    : `${trouble instanceof Offline ? 'What you decided is kept here and sent when it is back.' : sentence(trouble.message)} Trying again by itself.`;
  if ($('.nothing h1', panel)?.textContent !== title) {
    const head = h('h1', { tabindex: '-1' }, title);
    const place = h('dl.figures');
    panel.replaceChildren(h('div.nothing', {}, head, h('p', {}, text), h('p.hints', {}, h('span', {}, capsOf('undo')), 'takes back the last submit, while it can'), place));
    head.focus();
    say(title);
    if (line.outbox.count || !trouble) widget('figures', place, () => drawFigures(place));
  }
  return trouble ? 'trouble' : 'empty';
}

/** How somebody has been doing, and what waits; null while the server does not say. */
async function figures() {
  try {
    const [{ figures: mine }, { queues }] = await Promise.all([get('/v1/me'), get('/v1/review/queues')]);
    const pace = [several(mine.records ?? 0, 'record'), ...(mine.median_active_seconds == null ? [] : [`median ${mine.median_active_seconds} s`])];
    return { pace: pace.join(', '), done: mine.records, queues, waiting: queues.reduce((sum, one) => sum + one.waiting, 0) };
  } catch (error) {
    known(error);
    return null;
  }
}

async function drawFigures(place) {
  const found = await figures();
  const rows = found ? [['Your last 30 days', found.pace], ...found.queues.slice(0, 4).map(one => [`Queue ${words(one.queue)}`, `${one.waiting} with others or not for you`])] : [];
  place.replaceChildren(...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

/** The same in one line, in the bar. */
export async function pace() {
  const found = await figures();
  if (found) put($('.pace'), `${found.waiting ? several(found.waiting, 'waits', 'wait') : 'nothing waits'}${found.done ? ` · ${found.pace}` : ''}`);
}
