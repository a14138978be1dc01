// The fields that are not in doubt: folded into one line, there to be searched and changed.

import { Card } from './card.js';
import { $, $$, h, icon, several } from './dom.js';

export class Clean {
  /** @param view the record on the screen */
  constructor(view, fields) {
    this.view = view;
    this.fields = fields;
    this.list = h('ol.fields', { 'aria-label': 'Clean fields' });
    const find = h('input.find', { type: 'search', 'aria-label': 'Find a clean field', placeholder: 'find a field or a value', oninput: event => this.find(event.target.value) });
    this.element = h('details.clean', { ontoggle: () => this.unfold() },
      h('summary', {}, icon('done'), h('span', {}, several(fields.length, 'clean field')), h('span.names', {}, fields.map(one => one.title.toLowerCase()).join(', '))),
      find, this.list);
  }

  /** They are made when somebody wants to see them. */
  unfold() {
    if (!this.element.open || this.list.children.length) return;
    for (const field of this.fields) {
      const card = new Card(this.view, field);
      this.view.cards.set(field.path, card);
      this.list.append(card.item);
      card.refresh();
    }
  }

  find(text) {
    const wanted = text.trim().toLowerCase();
    for (const item of $$('.field', this.element)) {
      const { field, state } = this.view.card(item.dataset.path);
      item.hidden = !`${field.title} ${state.value}`.toLowerCase().includes(wanted);
    }
  }

  /** Go to the first that was found; true, for the key is taken. */
  enter() {
    const first = $$('.field', this.element).find(one => !one.hidden);
    if (first) this.view.focus(first.dataset.path);
    return true;
  }

  open() {
    this.element.open = true;
    $('.find', this.element).focus();
  }
}
