// One record on the screen: its doubtful fields, its rules, its clean fields, and what keys do with them.

import { ago } from './api.js';
import { Card } from './card.js';
import { Checker } from './check.js';
import { Clean } from './clean.js';
import { Deciding } from './deciding.js';
import { $, $$, h, icon, painted, put, say, several, widget, words } from './dom.js';
import { actionOf, capsOf } from './keys.js';
import { drawRules } from './rules.js';

const narrow = matchMedia('(max-width: 44rem)');
export const HARD = ['illegible', 'handwritten', 'several documents in one', 'layout never seen', 'other'];

export class RecordView {
  /** @param hooks submit(item), other(item): something else than fields is decided */
  constructor(panel, viewer, item, hooks) {
    Object.assign(this, { panel, viewer, item, hooks, task: item.task });
    this.current = null;
    this.since = 0;
    this.cards = new Map();
    this.checker = new Checker(this.task, () => this.refresh());
    this.deciding = new Deciding(this);
    this.build();
  }

  get pageCount() { return this.item.pages.count; }
  card(path) { return this.cards.get(path); }

  build() {
    const { task, panel } = this;
    for (const field of task.asked) this.cards.set(field.path, new Card(this, field));
    const clean = task.fields.filter(one => !one.asked);
    this.clean = clean.length ? new Clean(this, clean) : null;
    this.rules = h('ul');
    this.count = h('span');
    this.pips = task.asked.length <= 24 ? task.asked.map(() => h('i')) : [];
    this.done = h('button.submit', { type: 'button', onclick: () => this.deciding.all() }, capsOf('all'), h('span', {}, h('span.wordy', {}, 'accept '), 'all'));
    panel.replaceChildren(
      this.head(),
      h('div.scroll', {},
        this.notes(),
        task.alike ? h('button.others', { type: 'button', onclick: () => this.hooks.together(this.item) }, capsOf('alike'), `${several(task.alike, 'more record asks', task.alike < 100 ? 'more records ask' : 'or more others ask')} the same: look at them together`) : null,
        h('ol.fields', { 'aria-label': 'Fields in doubt' }, [...this.cards.values()].map(one => one.item)),
        h('section.rules', { 'aria-label': 'Rules' }, this.rules),
        this.clean?.element),
      h('footer.acts.record', {}, this.done,
        h('button.quiet', { type: 'button', onclick: () => this.hard() }, capsOf('hard'), 'hard'),
        h('button.quiet', { type: 'button', onclick: () => this.hooks.other(this.item) }, capsOf('whole'), 'not this'),
        h('button.quiet', { type: 'button', onclick: () => this.hooks.release(this.item) }, capsOf('release'), 'release')));
  }

  head() {
    const { task } = this;
    this.hardBox = h('select', { 'aria-label': 'Kind of hard case', onchange: event => { task.hardTag = event.target.value; this.keep(); } },
      HARD.map(one => h('option', { selected: one === task.hardTag }, one)));
    this.hardMark = h('span.hard', { hidden: !task.hard }, icon('hard'), this.hardBox);
    return h('header.rec', {},
      h('h1', { title: task.title }, h('bdi', {}, task.title)),
      h(`p.meta${task.hard ? '.marked' : ''}`, {}, h('span', {}, task.sides.length ? 'Two people disagree' : task.raw.title ?? words(task.raw.doc_type)),
        h('span', {}, `waiting ${ago(task.raw.requested_at)}`), this.hardMark),
      h('p.count', { 'aria-hidden': 'true' }, this.count, h('span.pips', {}, this.pips)));
  }

  notes() {
    const { task } = this;
    const said = [...task.raw.reasons, ...(task.raw.changed_by_others ? ['the record was changed since this was asked'] : [])];
    return said.length ? h('ul.notes', {}, said.map(one => h('li', {}, h('bdi', {}, `${one.charAt(0).toUpperCase()}${one.slice(1)}.`)))) : null;
  }

  /** Begin: focus where there is something to decide. */
  start() {
    const { task } = this;
    this.refresh();
    const first = task.open[0] ?? (this.item.undone ? task.asked.at(-1) : task.asked[0]) ?? null;
    if (first) this.focus(first.path);
    else this.done.focus();
    // What was read was judged when the record was claimed; only what somebody entered is judged anew.
    if (task.fields.some(one => task.changed(one))) this.checker.now();
  }

  end() {
    this.checker.stop();
    this.leave();
  }

  // --- focus ---

  focus(path) {
    const card = this.card(path);
    if (!card) return;
    if (this.clean?.element.contains(card.item)) this.clean.element.open = true;
    this.light(card);
    const input = card.input ?? card.acceptButton;
    if (document.activeElement === input) this.entered(input);
    else input.focus({ preventScroll: true });
    input.select?.();
  }

  light(card) {
    for (const one of $$('.field.on', this.panel)) if (one !== card.item) one.classList.remove('on');
    card.item.classList.add('on');
  }

  /** Something in the panel got the focus. */
  entered(target) {
    const item = target.closest?.('.field');
    const card = item && this.card(item.dataset.path);
    if (!card || target.closest('.override')) return;
    const at = performance.now();
    const moved = this.current !== card;
    if (moved) this.leave();
    this.current = card;
    this.since ||= at;
    card.state.seen = true;
    this.light(card);
    if (moved) this.inView(card);
    if (moved && target.matches('input, textarea')) target.select();
    widget('evidence', this.panel, () => card.evidence());
    this.refresh();
    if (!moved) return;
    const nth = this.task.asked.indexOf(card.field);
    say(`${nth >= 0 ? `Field ${nth + 1} of ${this.task.asked.length}. ` : ''}${card.told()}`);
    painted().then(end => performance.measure('evidence', { start: at, end }));
  }

  leave() {
    if (this.current && this.since) this.current.state.ms += performance.now() - this.since;
    this.since = 0;
    this.current = null;
  }

  inView(card) {
    const scroll = $('.scroll', this.panel);
    const [mine, frame] = [card.item.getBoundingClientRect(), scroll.getBoundingClientRect()];
    if (mine.bottom > frame.bottom) scroll.scrollTop += Math.min(mine.bottom - frame.bottom + 12, mine.top - frame.top - 4);
    else if (mine.top < frame.top) scroll.scrollTop += mine.top - frame.top - 4;
  }

  showEvidence(card, place, level, size) {
    const { task, viewer } = this;
    const open = task.open.filter(one => one.path !== card.field.path).map(one => task.state(one.path).place);
    viewer.show(place, {
      level: narrow.matches ? null : level,
      alternatives: card.field.alternatives.map(one => one.place).filter(Boolean),
      others: open, clean: task.fields.filter(one => !one.asked).map(one => task.state(one.path).place),
    });
    return place ? viewer.lens(card.canvas, place, size) : false;
  }

  // --- values ---

  type(field, value) {
    Object.assign(this.task.state(field.path), { value, absent: false, source: value === field.value ? 'kept' : 'typed', alternative: -1 });
    if (value === field.value) this.task.state(field.path).place = field.place;
    this.edited(field);
  }

  take(field, at) {
    const state = this.task.state(field.path);
    const one = field.alternatives[at];
    if (!one) Object.assign(state, field.fresh(), { status: state.status, ms: state.ms, seen: true });
    else Object.assign(state, { value: one.value, absent: Boolean(one.absent), source: 'alternative', place: one.place ?? state.place, alternative: at });
    this.edited(field);
    this.card(field.path).evidence();
    this.card(field.path).box?.select();
    say(one ? `${one.absent ? 'not in the document' : one.value} ${one.says}` : `back to ${field.value}`);
  }

  setAbsent(field) {
    const state = this.task.state(field.path);
    Object.assign(state, { absent: true, source: 'typed', alternative: -1 });
    if (field.isTable) state.touched = true;
    this.edited(field);
    say(`${field.title}: not in the document.`);
  }

  revert(field) {
    const status = this.task.state(field.path).status;
    this.task.revert(field);
    this.task.state(field.path).status = field.asked ? 'open' : status === 'clean' ? 'clean' : status;
    if (field.part) { this.card(field.path).grid.settled.clear(); this.card(field.path).grid.draw(); }
    this.edited(field);
    this.card(field.path).evidence();
    say(`${field.title} as it was read.`);
  }

  lift(text, place) {
    const card = this.current ?? this.card(this.task.asked[0]?.path);
    if (!card) return;
    const { field, state } = card;
    if (card.grid) { card.grid.put(text, place); card.evidence(); return; }
    const value = field.kind === 'presence' ? 'yes' : field.many && state.value.trim() && !state.absent && state.source !== 'kept' ? `${state.value}\n${text}` : text;
    state.lifted[text] = place;
    Object.assign(state, { value, absent: false, source: 'lifted', place, alternative: -1 });
    this.edited(field);
    this.focus(field.path);
    say(`Lifted: ${text}`);
  }

  edited(field) {
    const state = this.task.state(field.path);
    if (field.asked) state.status = 'open';
    delete this.task.problems[field.path];
    this.card(field.path)?.hideReasons();
    for (const rule of this.task.broken) if (rule.fields.includes(field.path)) this.task.overrides.delete(rule.rule);
    this.checker.soon();
    this.refresh();
    this.keep();
  }

  keep() { this.item.draft.touch(); }

  hard() {
    const { task } = this;
    task.hard = !task.hard;
    task.hardTag = task.hard ? this.hardBox.value : null;
    this.hardMark.hidden = !task.hard;
    this.hardMark.parentElement.classList.toggle('marked', task.hard);
    this.keep();
    if (task.hard) this.hardBox.focus();
    else if (this.current) this.focus(this.current.field.path);
    say(task.hard ? 'Hard case: choose its kind.' : 'No hard case.');
  }

  refresh() {
    const { task } = this;
    for (const card of this.cards.values()) widget(`field ${card.field.title}`, card.item, () => card.refresh());
    // Verdicts come from the server as a whole; reasons are given one by one.
    const judged = `${[...task.overrides.keys()]}`;
    if (this.drawn?.verdicts !== task.verdicts || this.drawn.judged !== judged) {
      this.drawn = { verdicts: task.verdicts, judged };
      widget('rules', $('section.rules', this.panel), () => drawRules(this.rules, task));
    }
    const nth = this.current ? task.asked.indexOf(this.current.field) : -1;
    put(this.count, nth < 0 ? several(task.open.length, 'open', 'open') : `${nth + 1} of ${task.asked.length}`);
    this.pips.forEach((pip, at) => {
      pip.dataset.status = task.state(task.asked[at].path).status;
      pip.toggleAttribute('data-on', at === nth);
    });
    this.done.classList.toggle('final', !task.open.length && !this.current?.field.asked);
  }

  /** Handle a key; true where it was one of the record's. */
  key(event) {
    const { target } = event;
    if (target === this.hardBox) {
      if (!['Enter', 'Escape'].includes(event.key)) return false;
      this.focus((this.current?.field ?? this.task.asked[0]).path);
      return true;
    }
    if (target.matches('.find')) return event.key === 'Enter' && this.clean.enter();
    const card = target.closest?.('.field') && this.card(target.closest('.field').dataset.path);
    if (!card || target.matches('button')) return false;
    if (card.grid?.key(event)) return true;
    const { field, state } = card;
    switch (actionOf(event, ['field'])) {
      case 'accept': this.deciding.accept(field); return true;
      case 'revert': if (!card.grid?.revertCell()) this.revert(field); target.select?.(); return true;
      case 'absent': if (card.grid || !card.whole()) return false; this.setAbsent(field); return true;
      case 'next': return this.step(card, Math.min(field.alternatives.length - 1, state.alternative + 1));
      case 'before': return this.step(card, Math.max(-1, state.alternative - 1));
      default: return false;
    }
  }

  step(card, at) {
    const inside = card.field.long && !card.whole() && card.state.source !== 'alternative';
    if (card.grid || !card.field.alternatives.length || inside) return false;
    if (at !== card.state.alternative) this.take(card.field, at);
    return true;
  }

  openClean() { this.clean?.open(); }
  acceptAll() { this.deciding.all(); }
}
