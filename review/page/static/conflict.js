// Somebody changed the record meanwhile: what fits together is merged, what clashes is asked, nothing is preselected.

import { $, $$, h, icon, say, several, short } from './dom.js';
import { caps, capsOf } from './keys.js';

const SIDES = { ArrowLeft: 0, ArrowUp: 0, ArrowRight: 1, ArrowDown: 1 };

export class ConflictView {
  /** @param item with differences and version from the answer that said so */
  constructor(panel, viewer, item, hooks) {
    Object.assign(this, { panel, viewer, item, hooks, task: item.task });
    const all = item.differences.map(one => this.difference(one));
    this.clashes = all.filter(one => one.clash);
    this.build(all.filter(one => !one.clash));
  }

  difference({ path, base, theirs, yours }) {
    const field = this.task.field(path);
    const entry = this.task.entries.find(one => one.path === path);
    const mine = !entry ? null : entry.action === 'accept' ? base : entry.action === 'absent' ? [] : this.task.normals[path]?.after ?? yours ?? [];
    const moved = !same(base, theirs);
    return { path, field, base, theirs, mine, clash: moved && mine !== null && !same(mine, theirs), moved };
  }

  build(easy) {
    const { task, panel, clashes } = this;
    const lead = clashes.length
      ? `${several(clashes.length, 'field needs', 'fields need')} a choice between two answers. The rest fits together.`
      : 'Everything fits together.';
    panel.replaceChildren(
      h('header.rec', {}, h('h1', { title: task.title }, h('bdi', {}, task.title)),
        h('p.meta', {}, h('span', {}, 'Changed elsewhere while you decided'), h('span', {}, 'nothing is lost'))),
      h('div.scroll.conflict', {}, h('p.lead', {}, lead), clashes.map((one, at) => this.choice(one, at)),
        easy.length ? h('h2', {}, 'Fits together') : null,
        h('ul.merged', {}, easy.map(one => h('li', {}, icon('done'), h('span', {}, one.field?.title ?? one.path), h('b', {}, text(one.moved ? one.theirs : one.mine)),
          h('span.who', {}, one.moved ? same(one.mine ?? one.theirs, one.theirs) && one.mine ? 'both of you' : 'theirs' : 'yours; they left it alone'))))),
      h('footer.acts.record', {}, h('button.submit.final', { type: 'button', onclick: () => this.resolve() }, capsOf('accept'), h('span', {}, 'merge and submit')),
        h('span.hints', {}, h('span', {}, caps('ArrowLeft'), 'theirs'), h('span', {}, caps('ArrowRight'), 'yours'))));
  }

  choice(one, at) {
    const side = (name, value, who) => h('label.side', {}, h('input', { type: 'radio', name: `clash-${at}`, value: name }),
      h('span.side-name', {}, name === 'theirs' ? 'Theirs' : 'Yours'), h('b', {}, text(value)), h('span.who', {}, who));
    return h('fieldset.clash-row', { 'data-path': one.path }, h('legend', {}, one.field?.title ?? one.path),
      h('p.opened', {}, 'when you opened it: ', h('b', {}, text(one.base))),
      side('theirs', one.theirs, 'stands in the record now'), side('yours', one.mine, same(one.mine, one.base) ? 'you accepted it' : 'you changed it'));
  }

  start() {
    const first = $('.side input', this.panel) ?? $('.submit', this.panel);
    this.viewer.show(this.clashes[0]?.field?.place ?? null, {});
    first.focus();
    say(`${this.task.title} was changed while you decided. ${this.clashes.length ? 'Choose with the arrow keys; Enter confirms.' : 'Enter confirms.'}`);
  }

  end() { /* nothing runs on */ }
  entered(target) {
    const row = target.closest?.('.clash-row');
    const field = row && this.task.field(row.dataset.path);
    if (field) this.viewer.show(this.task.state(field.path).place, { alternatives: [field.place].filter(Boolean) });
  }

  resolve() {
    const open = $$('.clash-row', this.panel).find(row => !$(':checked', row));
    if (open) {
      open.classList.add('ask');
      $('input', open).focus();
      say('Choose theirs or yours first.');
      return;
    }
    for (const [at, row] of $$('.clash-row', this.panel).entries()) if ($(':checked', row).value === 'theirs') this.takeTheirs(this.clashes[at]);
    this.task.etag = `"${this.item.version}"`;
    this.hooks.submit(this.item);
  }

  takeTheirs({ field, theirs }) {
    const state = this.task.state(field.path);
    Object.assign(state, { absent: !theirs.length, source: 'typed', place: null });
    if (field.isTable) {
      state.rows = theirs.map(row => ({ origin: null, gone: false, cells: row.map(one => one ?? ''), places: row.map(() => null), lifted: {} }));
      state.touched = true;
    } else state.value = theirs.join('\n');
  }

  key(event) {
    const row = event.target.closest?.('.clash-row');
    const side = SIDES[event.key];
    if (row && side !== undefined) {
      const radio = $$('input', row)[side];
      radio.checked = true;
      radio.focus();
      row.classList.remove('ask');
      this.viewer.show((side ? this.task.state(row.dataset.path).place : null) ?? this.task.field(row.dataset.path)?.place ?? null, {});
      return true;
    }
    if (event.key === 'Enter' && !event.target.matches('button')) {
      const left = $$('.clash-row', this.panel).find(one => !$(':checked', one));
      if (left && left !== row && row && $(':checked', row)) { $('input', left).focus(); return true; }
      this.resolve();
      return true;
    }
    return false;
  }

  lift() { /* nothing to lift into */ }
  acceptAll() { this.resolve(); }
  hard() { /* said of a record, not of a merge */ }
}

const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
const text = value => {
  const shown = (value ?? []).map(one => Array.isArray(one) ? one.filter(Boolean).join(' · ') : one).join('; ');
  return h('bdi', {}, shown ? short(shown, 300) : 'not in the document');
};
