// What the document is: another type, several documents in one file, or none at all.

import { ago } from './api.js';
import { $, $$, h, say, several, words } from './dom.js';
import { actionOf, capsOf } from './keys.js';

const THUMB = 110;
/** More types than these stand in two columns. */
const MANY = 5;

export class WholeView {
  /** @param hooks submit(item), back(item) where there are fields to go back to, release(item) */
  constructor(panel, viewer, item, hooks) {
    Object.assign(this, { panel, viewer, item, hooks, task: item.task });
    this.page = 1;
    this.thumbs = [];
    this.build();
  }

  get hasFields() { return this.task.raw.kind === 'fields'; }
  get pageCount() { return this.task.raw.page_count; }

  build() {
    const { task, panel } = this;
    const { raw } = task;
    const types = raw.known_types.filter(one => !(this.hasFields && one === raw.doc_type));
    this.choices = [
      ...types.map(one => ['type', one, words(one)]),
      ...(this.pageCount > 1 ? [['split', '', 'several documents in one file']] : []),
      ...(this.pageCount > 1 && !this.hasFields && raw.proposed_split.length ? [['single', '', 'one document, as it is']] : []),
      ['rejection', '', 'no document: reject it'],
    ];
    this.strip = h('div.strip', { hidden: true });
    this.told = h('p.told', { 'aria-live': 'polite' });
    this.comment = h('input', { id: 'why-whole', maxlength: 4000, autocomplete: 'off', oninput: event => { task.whole.comment = event.target.value; this.keep(); } });
    this.comment.value = task.whole.comment;
    this.go = h('button.accept.final', { type: 'button', onclick: () => this.submit() }, capsOf('accept'), h('span'));
    panel.replaceChildren(
      h('header.rec', {}, h('h1', { title: task.title }, h('bdi', {}, task.title)),
        h('p.meta', {}, h('span', {}, several(this.pageCount, 'page')), h('span', {}, `waiting ${ago(raw.requested_at)}`))),
      h('div.scroll.whole', {},
        h('ul.notes', {}, raw.reasons.map(one => h('li', {}, h('bdi', {}, `${one.charAt(0).toUpperCase()}${one.slice(1)}.`)))),
        h(`fieldset.choices${types.length > MANY ? '.many' : ''}`, {}, h('legend', {}, this.hasFields ? `Not ${article(raw.title ?? 'this')}, but …` : 'What is this document?'), this.choices.map((one, at) => this.choice(one, at))),
        this.strip,
        h('label.why-whole', { for: 'why-whole' }, 'Why (not needed)'), this.comment, this.told),
      h('footer.acts.record', {}, this.go,
        this.hasFields ? h('button.quiet', { type: 'button', onclick: () => this.hooks.back(this.item) }, capsOf('revert'), 'back') : null,
        h('button.quiet', { type: 'button', onclick: () => this.hooks.release(this.item) }, capsOf('release'), 'release')));
  }

  choice([kind, type, text], at) {
    const radio = h('input', { type: 'radio', name: 'whole', id: `whole-${at}`, value: at, onchange: () => this.choose(at) });
    return h(`label.choice.${kind}`, { for: `whole-${at}` }, radio, h('span', {}, text));
  }

  start() {
    const { whole, raw } = this.task;
    const guess = this.choices.findIndex(([kind, type]) => kind === whole.kind && (kind !== 'type' || type === (whole.type ?? raw.doc_type)));
    const at = raw.proposed_split.length && whole.kind === 'type' && !whole.type ? this.choices.findIndex(([kind]) => kind === 'split') : guess;
    this.viewer.look(1);
    const radios = $$('.choices input', this.panel);
    if (at >= 0) { radios[at].checked = true; this.choose(at); }
    radios[Math.max(0, at)].focus();
    this.refresh();
    say(`${raw.reasons.join('. ')}. ${this.hasFields ? 'What is it instead?' : 'What is this document?'}`);
  }

  end() { /* nothing runs on */ }

  choose(at) {
    const [kind, type] = this.choices[at];
    const { whole } = this.task;
    whole.kind = kind === 'single' ? 'split' : kind;
    whole.type = kind === 'type' ? type : null;
    whole.single = kind === 'single';
    if (kind === 'split' && !this.thumbs.length) this.drawStrip();
    this.strip.hidden = kind !== 'split';
    this.refresh();
    this.keep();
  }

  /** Pages in a row; between two of them runs a cut where a new document begins. */
  drawStrip() {
    this.thumbs = Array.from({ length: this.pageCount }, (_, at) => {
      const number = at + 1;
      const canvas = h('canvas', { 'aria-hidden': 'true', width: THUMB, height: Math.round(THUMB * 1.4) });
      return h('button.thumb', {
        type: 'button', tabindex: number === 1 ? '0' : '-1', 'data-page': number,
        onclick: () => { this.toggle(number); this.goTo(number); }, onfocus: () => this.looked(number),
      }, canvas, h('span', {}, String(number)));
    });
    const seen = new IntersectionObserver(entries => {
      for (const one of entries) if (one.isIntersecting) { seen.unobserve(one.target); this.thumb(Number(one.target.dataset.page)); }
    });
    for (const one of this.thumbs) seen.observe(one);
    this.strip.replaceChildren(
      h('p.hints', {}, h('span', {}, h('kbd', {}, '←'), h('kbd', {}, '→'), 'page'), h('span', {}, capsOf('cut'), 'cut before it'), h('span', {}, capsOf('join'), 'join')),
      h('div.thumbs', { role: 'group', 'aria-label': 'Pages' }, this.thumbs));
  }

  async thumb(number) {
    const page = await this.item.pages.at(number)?.load();
    const canvas = $('canvas', this.thumbs[number - 1]);
    if (!page?.canvas) return;
    canvas.height = Math.round(THUMB * page.height / 1000);
    canvas.getContext('2d').drawImage(page.canvas, 0, 0, canvas.width, canvas.height);
  }

  looked(number) {
    this.page = number;
    this.viewer.look(number);
  }

  goTo(number) {
    const thumb = this.thumbs[number - 1];
    if (!thumb) return;
    for (const one of this.thumbs) one.tabIndex = one === thumb ? 0 : -1;
    thumb.focus();
    thumb.scrollIntoView({ block: 'nearest' });
  }

  toggle(number) { this.cut(number, !this.task.whole.cuts.has(number)); }

  cut(number, on) {
    if (number < 2) { say('A document begins at the first page anyway.'); return; }
    this.task.whole.cuts[on ? 'add' : 'delete'](number);
    this.refresh();
    this.keep();
    say(on ? `A document begins at page ${number}.` : `Page ${number} goes on.`);
  }

  refresh() {
    const { whole } = this.task;
    this.thumbs.forEach((one, at) => {
      const starts = at === 0 || whole.cuts.has(at + 1);
      const nth = this.task.ranges.findIndex(([first, last]) => at + 1 >= first && at + 1 <= last);
      one.classList.toggle('cut', starts && at > 0);
      one.dataset.part = nth % 2 ? 'odd' : 'even';
      one.setAttribute('aria-label', `Page ${at + 1}, document ${nth + 1}${starts && at ? ', begins here' : ''}`);
    });
    const ranges = this.task.ranges.map(([first, last]) => first === last ? `${first}` : `${first}–${last}`);
    this.told.textContent = whole.kind === 'split' && !whole.single ? `${several(ranges.length, 'document')}: pages ${ranges.join(', ')}` : '';
    $('span', this.go).textContent = this.missing() ? 'choose what it is' : {
      type: `it is ${article(words(whole.type))}`, rejection: 'reject it',
      split: whole.single ? 'one document' : `split into ${this.task.ranges.length}`,
    }[whole.kind];
    this.go.classList.toggle('blocked', Boolean(this.missing()));
  }

  missing() {
    const { whole } = this.task;
    if (whole.kind === 'fields' || (whole.kind === 'type' && !this.choices.some(([kind, type]) => kind === 'type' && type === whole.type))) return 'Choose what it is first.';
    if (whole.kind === 'split' && !whole.single && !whole.cuts.size) return 'Cut at least once, or say that it is one document.';
    return null;
  }

  keep() { this.item.draft.touch(); }

  submit() {
    const why = this.missing();
    if (why) { this.told.textContent = why; this.told.classList.add('wrong'); say(why); return; }
    if (this.task.whole.single) this.task.whole.cuts = new Set();
    this.hooks.submit(this.item);
  }

  key(event) {
    const thumb = event.target.closest?.('.thumb');
    if (thumb && event.key === 'ArrowRight') { this.goTo(this.page + 1); return true; }
    if (thumb && event.key === 'ArrowLeft') { this.goTo(this.page - 1); return true; }
    const strip = thumb && actionOf(event, ['strip']);
    if (strip) { this.cut(this.page, strip === 'cut'); return true; }
    const action = actionOf(event, ['field']);
    if (action === 'accept' && (thumb || event.target.matches('input'))) { this.submit(); return true; }
    if (action === 'revert' && this.hasFields) { this.hooks.back(this.item); return true; }
    return false;
  }

  lift() { /* nothing to lift into */ }
  acceptAll() { this.submit(); }
  hard() { this.task.hard = !this.task.hard; this.keep(); say(this.task.hard ? 'Marked as a hard case.' : 'No hard case.'); }
}

const article = text => `${/^[aeiou]/i.test(text) ? 'an' : 'a'} ${text.toLowerCase()}`;
