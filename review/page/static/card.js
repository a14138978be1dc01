// One field: a line until it is the one in focus, then reason, lens, value and alternatives on one axis.

import { plain } from './check.js';
import { $, failed, h, icon, put, say, several, short, words } from './dom.js';
import { caps, capsOf, keyOf } from './keys.js';
import { Part, part } from './parts.js';

const REASONS = ['Printed like this on the document', 'Rounded by the issuer', 'The rule does not fit this document'];
const MARKS = { open: null, clean: 'done', done: 'done', edited: 'edited', absent: 'absent' };
const SAID = { done: 'accepted', edited: 'corrected', absent: 'absent', clean: '' };
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
let serial = 0;

export class Card {
  /** @param record the view it is part of */
  constructor(record, field) {
    this.record = record;
    this.field = field;
    this.id = `f${serial += 1}`;
    this.grid = field.part ? partOf(this) : null;
    this.fold = this.grid ? h('button.quiet.folded', { type: 'button', onfocus: () => record.focus(field.path) }) : null;
    this.item = this.build();
  }

  get task() { return this.record.task; }
  get state() { return this.task.state(this.field.path); }
  get input() { return this.grid ? this.grid.focusable() : this.box; }

  build() {
    const { field, id } = this;
    const kind = `${field.asked ? '' : '.clean'}${field.part ? '.wide' : ''}`;
    this.label = field.part ? h('span.label', { id: `${id}-label` }, field.title) : h('label.label', { for: id }, field.title);
    this.icon = icon('look');
    this.short = h('span.short');
    this.where = h('span.where');
    this.reason = h('p.reason', { id: `${id}-why` }, this.reasons());
    this.canvas = h('canvas', { 'aria-hidden': 'true' });
    this.lens = h('div.lens', {}, this.canvas);
    this.norm = h('p.norm', { id: `${id}-norm` });
    this.override = h('div.override', { hidden: true });
    return h(`li.field${kind}`, { 'data-path': field.path, 'data-code': field.asked ? field.why.code : null },
      h('div.head', {}, this.icon, this.label, field.critical ? h('span.critical', {}, 'critical') : null, this.where, this.short),
      this.fold, this.reason, this.task.sides.length ? this.sides() : null, this.lens, this.grid ? this.grid.element : this.entry(),
      this.norm, this.alternatives(), this.override, this.buttons());
  }

  reasons() {
    const { field } = this;
    if (!field.asked) return 'Not in doubt.';
    if (this.task.sides.length) return 'Two people decided this differently.';
    return field.reasons.slice(0, 6).map(one => h('span', {}, h('bdi', {}, short(this.sentence(one), 400))));
  }

  /** A reason as somebody would say it: a rule by what it claims, not by its name. */
  sentence(reason) {
    const [, name, why] = /^rule (\w+) is broken: ([\s\S]*)$/.exec(reason) ?? [];
    const claim = name && this.task.verdicts.find(one => one.rule === name)?.claim;
    const text = claim ? `${claim.replace(/[.]$/, '')}, but ${why}` : reason;
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
  }

  entry() {
    const { field, id } = this;
    const properties = {
      id, class: 'value', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', dir: 'auto',
      'aria-describedby': `${id}-why ${id}-norm`, placeholder: field.absent ? 'not in the document' : 'no value',
    };
    if (field.long) properties.rows = Math.min(5, Math.max(2, field.value.split('\n').length));
    this.box = h(field.long ? 'textarea' : 'input', properties);
    this.box.value = field.value;
    this.box.addEventListener('input', () => this.record.type(field, this.box.value));
    this.was = h('span.was', { dir: 'auto' });
    return h('div.entry', {}, this.box, this.was);
  }

  alternatives() {
    const { field } = this;
    if (!field.alternatives.length || this.grid) return null;
    this.options = field.alternatives.map((one, at) => h('li', {
      role: 'option', id: `${this.id}-a${at}`, 'aria-selected': 'false',
      onclick: () => { this.record.take(field, at); this.box.focus(); },
    }, h('span.key', { 'aria-hidden': 'true' }, '↓'), h('bdi.alternative', {}, one.absent ? 'not in the document' : short(one.value, 200)), h('span.says', {}, one.says)));
    return h('ul.alternatives', { role: 'listbox', 'aria-label': `Alternatives for ${field.title}` }, this.options);
  }

  /** What two people said who disagree, beside what the model read. */
  sides() {
    const { field } = this;
    const model = field.absent ? 'not in the document' : field.value || 'not read';
    const [first, second] = ['the first person', 'the second person'].map(who => field.alternatives.find(one => one.says === who));
    const cell = (head, text) => h('div', {}, h('dt', {}, head), h('dd', {}, h('bdi', {}, short(text, 300))));
    const told = one => one ? one.absent ? 'not in the document' : one.value : 'not asked';
    return h('dl.sides', {}, cell('Model', model), cell('First person', told(first)), cell('Second person', told(second)));
  }

  /** Every one of them has a key, so that Tab goes from value to value. */
  buttons() {
    const { field, record } = this;
    this.acceptWords = h('span');
    this.acceptButton = h('button.accept', { type: 'button', tabindex: '-1', onclick: () => record.deciding.accept(field) }, capsOf('accept'), this.acceptWords);
    const quiet = (id, text, work) => h(`button.quiet.${id}`, { type: 'button', tabindex: '-1', onclick: work }, capsOf(id), text);
    return h('div.acts', {}, this.acceptButton,
      quiet('absent', field.isTable ? 'no table' : 'absent', () => { record.setAbsent(field); this.input?.focus(); }),
      quiet('revert', 'revert', () => { record.revert(field); this.input?.focus(); }),
      field.isTable ? [['rowadd', 'add', 'add'], ['rowsplit', 'split', 'split'], ['rowdelete', 'strike out', 'strike']].map(([id, text, act]) => quiet(id, text, () => this.grid[act](this.grid.at.row))) : null);
  }

  /** Show what is known now. */
  refresh() {
    const { field, state, item, task } = this;
    const changed = task.changed(field);
    item.dataset.status = state.status;
    item.classList.toggle('absent', state.absent);
    item.classList.toggle('changed', changed);
    const problem = task.problem(field);
    item.classList.toggle('bad', Boolean(problem) && state.status !== 'open');
    const mark = state.status === 'clean' && changed ? 'edited' : MARKS[state.status] ?? field.why.code;
    if (this.mark !== mark) $('use', this.icon).setAttribute('href', `#i-${this.mark = mark}`);
    put(this.short, state.status === 'open' ? field.why.said : SAID[state.status === 'clean' && changed ? 'edited' : state.status]);
    if (this.grid) {
      this.grid.refresh();
      put(this.fold, state.absent ? 'not in the document' : this.grid.brief());
    } else this.refreshValue(changed);
    this.refreshNorm(problem);
    this.refreshButton();
  }

  refreshValue(changed) {
    const { field, state } = this;
    const shown = state.absent ? '' : state.value;
    if (this.box.value !== shown) this.box.value = shown;
    const hint = state.absent ? 'not in the document' : 'no value';
    if (this.box.placeholder !== hint) this.box.placeholder = hint;
    const was = changed && !field.absent && !field.long ? short(field.value.replaceAll('\n', ' '), 80) : '';
    if (this.was.textContent !== was) this.was.replaceChildren(was ? h('s', {}, was) : '');
    if (this.chosen === state.alternative) return;
    this.chosen = state.alternative;
    for (const [at, one] of (this.options ?? []).entries()) one.setAttribute('aria-selected', String(at === state.alternative));
    if (this.options && state.alternative >= 0) this.box.setAttribute('aria-activedescendant', this.options[state.alternative].id);
    else this.box.removeAttribute('aria-activedescendant');
  }

  refreshNorm(problem) {
    const { norm } = this;
    const name = `norm${problem ? ' bad' : ''}`;
    if (norm.className !== name) norm.className = name;
    const parts = this.normParts(problem);
    const said = parts.map(one => one.textContent ?? one).join('');
    if (norm.textContent !== said) norm.replaceChildren(...parts);
  }

  /** What is said under the value: what is wrong with it, or how it is stored. */
  normParts(problem) {
    const { state } = this;
    if (problem) return [short(plain(problem), 300)];
    if (this.grid) return this.grid.told();
    if (state.absent) return ['stored as ', h('b', {}, 'absent'), ': looked for, and not in the document'];
    if (!state.value.trim()) return ['no value yet; ', ...capsOf('absent'), ' says that the document has none'];
    const stored = this.stored();
    if (stored === null) return [this.record.checker.silent ? 'not checked yet: the server does not answer' : 'being checked …'];
    return ['stored as ', h('b', {}, h('bdi', {}, short(stored, 120))), this.aside(stored)];
  }

  /** The normal form of what is in the box; null while it is not known. */
  stored() {
    const { field, state, task } = this;
    if (!task.changed(field)) return field.normal;
    const found = task.normals[field.path];
    if (found && !this.record.checker.pending) return found.after.flat(2).join('; ');
    return state.alternative >= 0 ? field.alternatives[state.alternative]?.normal ?? null : null;
  }

  aside(stored) {
    const day = this.field.kind === 'date' && /^\d{4}-\d\d-\d\d$/.test(stored) ? new Date(`${stored}T00:00:00Z`) : null;
    if (day && !Number.isNaN(day.getTime())) return ` · ${DAY.format(day)}`;
    return this.state.source === 'lifted' ? ` · lifted from page ${this.state.place?.page}` : '';
  }

  refreshButton() {
    const { record, field, state, task } = this;
    const last = !task.open.some(one => one.path !== field.path);
    const stop = record.deciding.stop(field);
    const more = this.grid?.doubtsLeft() > (this.grid?.onDoubt() ? 1 : 0);
    this.acceptButton.classList.toggle('final', last && !stop && !more);
    this.acceptButton.classList.toggle('blocked', Boolean(stop));
    put(this.acceptWords, stop ? { empty: 'needs a value', unread: 'needs correcting', rule: 'accept with a reason' }[stop.kind]
      : more ? this.grid.more : last ? state.status === 'open' ? 'accept and submit' : 'submit' : 'accept, next');
  }

  /** Bring the evidence to the eye. */
  evidence() {
    const place = this.grid ? this.grid.place() : this.state.place;
    // What is to be measured is measured before anything changes: each question in between would cost a layout.
    if (place) this.item.classList.remove('no-evidence');
    const size = [this.canvas.clientWidth, this.canvas.clientHeight];
    const lit = this.record.showEvidence(this, place, this.level, size);
    this.item.classList.toggle('no-evidence', !place || !lit);
    put(this.where, !place ? 'no place on the page' : this.record.pageCount > 1 ? `page ${place.page}` : '');
  }

  get level() {
    const box = (this.grid ? document.activeElement?.closest?.('.cell') ?? this.grid.element : this.box).getBoundingClientRect();
    return box.top + box.height / 2;
  }

  nudge(text) {
    this.item.classList.remove('nudge');
    void this.item.offsetWidth;
    this.item.classList.add('nudge');
    this.norm.className = 'norm bad';
    this.norm.replaceChildren(text);
    say(text);
  }

  /** Ask why broken rules are right all the same; the reason is empty on purpose. */
  ask(rules) {
    const box = h('input', {
      id: `${this.id}-reason`, autocomplete: 'off', maxlength: 1000, role: 'combobox', 'aria-expanded': 'true',
      'aria-controls': `${this.id}-reasons`, 'aria-autocomplete': 'none', placeholder: 'arrow down, or type',
    });
    const options = REASONS.map((text, at) => h('li', { role: 'option', id: `${this.id}-r${at}`, 'aria-selected': 'false', onclick: () => { box.value = text; box.focus(); } },
      h('span.key', { 'aria-hidden': 'true' }, '↓'), text));
    box.addEventListener('keydown', event => this.reasonKey(event, box, options, rules));
    this.override.replaceChildren(
      ...rules.map(one => h('p.clash', {}, icon('rule'), h('span', {}, `${one.claim || words(one.rule)} `, h('b', {}, short(one.explanation, 300))))),
      h('label', { for: box.id }, 'Why is it right all the same?'), box,
      h('ul.alternatives', { role: 'listbox', id: `${this.id}-reasons`, 'aria-label': 'Reasons' }, options),
      h('p.hints', {}, h('span', {}, caps('Enter'), 'take this reason'), h('span', {}, caps('Escape'), 'back to the value')));
    this.override.hidden = false;
    this.item.classList.add('asking');
    box.focus();
    this.record.inView(this);
    this.override.scrollIntoView({ block: 'nearest' });
    say(`${rules.map(one => one.claim || words(one.rule)).join(' ')} Why is it right all the same?`);
  }

  reasonKey(event, box, options, rules) {
    const at = options.findIndex(one => one.getAttribute('aria-selected') === 'true');
    if (['ArrowDown', 'ArrowUp'].includes(event.key)) {
      const next = Math.max(0, Math.min(options.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)));
      options.forEach((one, other) => one.setAttribute('aria-selected', String(other === next)));
      box.value = REASONS[next];
      box.setAttribute('aria-activedescendant', options[next].id);
      box.select();
    } else if (event.key === 'Enter' && !event.repeat) {
      if (box.value.trim().length < 3) { say('A reason is needed: arrow down, or type one.'); box.classList.add('wrong'); } else {
        for (const one of rules) this.task.overrides.set(one.rule, box.value.trim());
        this.hideReasons();
        this.record.deciding.accept(this.field);
      }
    } else if (event.key === 'Escape') {
      this.hideReasons();
      this.record.focus(this.field.path);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  hideReasons() {
    if (this.override.hidden) return;
    this.override.hidden = true;
    this.item.classList.remove('asking');
    this.override.replaceChildren();
  }

  /** Whether the whole value is selected, so that keys for the field may act. */
  whole() {
    const box = this.box;
    return !box || (box.selectionStart === 0 && box.selectionEnd === box.value.length);
  }

  /** What somebody hears when he comes here. */
  told() {
    const { field } = this;
    const count = field.alternatives.length;
    return `${field.title}. ${field.asked ? field.reasons.map(one => this.sentence(one)).join(' ') : 'Not in doubt.'}${count ? ` ${count} alternatives, ${keyOf('next')}.` : ''}`;
  }
}

/** What stands in a field's card instead of a box; where it can't be made, a sentence, and the field can be accepted as it is. */
function partOf(card) {
  try {
    return part(card.field.part).make(card);
  } catch (error) {
    const nothing = new Part(card);
    failed(`${card.field.isTable ? 'table' : 'part'} of ${card.field.title}`, nothing.element, error);
    return nothing;
  }
}
