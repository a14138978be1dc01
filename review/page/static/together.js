// Records that ask the same about the same values, side by side: looked at, and accepted together.

import { Problem } from './api.js';
import { $, $$, h, say, sentence, several, short } from './dom.js';
import { capsOf } from './keys.js';

/**
 * Have everything that asks the same as a record; true where it is to be shown, together or not at all.
 * @param desk line, toast
 */
export async function gather(item, { line, toast }) {
  try {
    const others = await line.alike(item);
    await Promise.all(others.map(one => one.loaded));
    if (others.length && line.current === item && !item.task.touched) { item.items = [item, ...others]; return true; }
    for (const one of others) line.release(one);
    toast.say('They were not opened together: somebody has them meanwhile, or you went on.');
  } catch (error) {
    toast.say(error instanceof Problem ? sentence(error.message) : 'The server does not answer; the others could not be asked for.');
  }
  return false;
}

export class TogetherView {
  /** @param item with items: itself and those that ask the same; others: those that were claimed for it */
  constructor(panel, viewer, item, hooks) {
    Object.assign(this, { panel, viewer, item, hooks, task: item.task });
    this.build();
  }

  get chosen() { return this.item.items.filter((_, at) => this.boxes[at].checked); }

  build() {
    const { task, item, panel } = this;
    this.boxes = item.items.map((_, at) => h('input', { type: 'checkbox', id: `together-${at}`, checked: true, onchange: () => this.toggled(at) }));
    this.lenses = item.items.map(one => task.asked.map(() => h('canvas', { 'aria-hidden': 'true' })));
    this.go = h('button.accept.final', { type: 'button', onclick: () => this.submit() }, capsOf('accept'), h('span'));
    panel.replaceChildren(
      h('header.rec', {}, h('h1', {}, `${several(item.items.length, 'record')} that ask the same`),
        h('p.meta', {}, h('span', {}, 'Look at each place; take out what is not right'))),
      h('div.scroll.together', {},
        h('dl.same', {}, task.asked.map(field => h('div', {}, h('dt', {}, field.title), h('dd', {}, h('bdi', {}, field.absent ? 'not in the document' : short(field.value, 200))),
          h('dd.reason', {}, field.reasons.map(one => h('bdi', {}, sentence(short(one, 300)))))))),
        h('p.hints', {}, h('span', {}, h('kbd', {}, '↑'), h('kbd', {}, '↓'), 'record'), h('span', {}, h('kbd', {}, 'Space'), 'out, or in again')),
        h('ol.fields', { 'aria-label': 'Records' }, item.items.map((one, at) => this.row(one, at)))),
      h('footer.acts.record', {}, this.go,
        h('button.quiet', { type: 'button', onclick: () => this.back() }, capsOf('revert'), 'one by one')));
  }

  row(one, at) {
    return h('li.alike', { 'data-at': at }, h('label', { for: `together-${at}` }, this.boxes[at], h('bdi', {}, one.task.title)),
      this.lenses[at].map(canvas => h('div.lens', {}, canvas)));
  }

  start() {
    // All sizes first, then all pictures.
    const sizes = this.lenses.map(all => all.map(one => [one.clientWidth, one.clientHeight]));
    this.item.items.forEach((one, at) => one.task.asked.forEach((field, nth) => {
      const { place } = one.task.state(field.path);
      const drawn = place && this.viewer.lens(this.lenses[at][nth], place, sizes[at][nth], one.pages.at(place.page));
      if (!drawn) this.lenses[at][nth].parentElement.replaceChildren(h('p.none', {}, 'no place on the page'));
    }));
    this.refresh();
    this.focus(0);
    say(`${several(this.item.items.length, 'record')} that ask the same. Enter accepts all that are chosen, Space takes one out.`);
  }

  end() { /* nothing runs on */ }

  focus(at) {
    this.boxes[at].focus();
    this.boxes[at].closest('.alike').scrollIntoView({ block: 'nearest' });
  }

  toggled(at) {
    if (!at && !this.boxes[0].checked) {
      this.boxes[0].checked = true;
      say('The others are held against this one. If it is wrong, go through them one by one.');
    }
    this.refresh();
  }

  /** The page beside follows the record in focus. */
  entered(target) {
    const row = target.closest?.('.alike');
    if (!row) return;
    for (const one of $$('.alike', this.panel)) one.classList.toggle('on', one === row);
    const one = this.item.items[row.dataset.at];
    if (this.shown !== one) this.viewer.open(one.pages);
    this.shown = one;
    this.viewer.show(one.task.state(one.task.asked[0].path).place, { others: one.task.asked.slice(1).map(field => one.task.state(field.path).place) });
  }

  refresh() {
    const count = this.chosen.length;
    $('span', this.go).textContent = count === 1 ? 'accept this one and submit' : `accept ${count} and submit`;
    $$('.alike', this.panel).forEach((row, at) => row.classList.toggle('out', !this.boxes[at].checked));
  }

  submit() {
    const { item } = this;
    const chosen = this.chosen;
    const share = one => Object.assign(one.task, { togetherWith: chosen.length > 1 ? item.id : null, activeMs: item.task.activeMs / chosen.length });
    // The first one comes last: the others' share is taken from what was spent on it.
    for (const one of [...chosen].reverse()) share(one);
    this.hooks.apart(item, item.items.filter(one => !chosen.includes(one)), false);
    item.items = chosen;
    this.hooks.submit(item);
  }

  back() {
    const { item } = this;
    this.hooks.apart(item, item.items.slice(1));
  }

  key(event) {
    const row = event.target.closest?.('.alike');
    const at = row ? Number(row.dataset.at) : 0;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (row && step) { this.focus(Math.max(0, Math.min(this.boxes.length - 1, at + step))); return true; }
    if (event.key === 'Enter' && !event.target.matches('button')) { this.submit(); return true; }
    if (event.key === 'Escape') { this.back(); return true; }
    return false;
  }

  lift() { /* nothing to lift into */ }
  acceptAll() { this.submit(); }
  hard() { /* said of a record, not of many */ }
}
