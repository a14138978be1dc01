// What the type's rules say of the record as it stands.

import { h, icon, short, words } from './dom.js';

const MARK = { holds: 'done', broken: 'rule', cannot_tell: 'unsure' };
const SAID = { holds: 'holds', broken: 'broken', cannot_tell: 'cannot tell' };

/** Draw the rules: those that are broken first, those that can't tell folded into one line. */
export function drawRules(place, task) {
  const shown = [...task.verdicts].filter(one => one.verdict !== 'cannot_tell')
    .sort((a, b) => (a.verdict === 'broken' ? 0 : 1) - (b.verdict === 'broken' ? 0 : 1));
  const mute = task.verdicts.filter(one => one.verdict === 'cannot_tell');
  const broken = shown.filter(one => one.verdict === 'broken');
  const holding = shown.filter(one => one.verdict === 'holds');
  const line = one => h(`li.${one.verdict}`, {}, icon(MARK[one.verdict]),
    h('span.claim', {}, one.claim || words(one.rule), h('span.off', {}, `: ${SAID[one.verdict]}`)),
    h('bdi.numbers', {}, short(one.explanation, 240)),
    task.overrides.has(one.rule) ? h('span.excuse', {}, 'right all the same: ', h('bdi', {}, task.overrides.get(one.rule))) : null);
  place.replaceChildren(...broken.map(line), ...holding.slice(0, 6).map(line),
    ...(holding.length > 6 ? [h('li.rest', {}, `${holding.length - 6} more hold`)] : []),
    ...(mute.length ? [h('li.rest', {}, `${mute.length} cannot tell: what they compare is not in the document`)] : []));
}
