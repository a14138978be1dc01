// What becomes of a record's fields: accepted one by one or together, handed in once everything is decided.

import { say } from './dom.js';
import { keyOf } from './keys.js';
import { statusOf } from './task.js';

export class Deciding {
  /** @param view the record on the screen */
  constructor(view) {
    this.view = view;
    this.finishing = false;
  }

  /** What keeps a field from being accepted, or null. */
  stop(field) {
    const { task } = this.view;
    const state = task.state(field.path);
    if (task.problem(field)) return { kind: 'unread' };
    const empty = !state.absent && (field.isTable ? field.unread && !task.rows(field).length : !state.value.trim());
    if (empty) return { kind: 'empty' };
    // While what was typed is being judged, nothing is known of its rules: they are looked at before it is handed in.
    const rules = this.view.checker.pending ? [] : task.stuck(field.path);
    return rules.length ? { kind: 'rule', rules } : null;
  }

  accept(field) {
    const { task } = this.view;
    const card = this.view.card(field.path);
    if (card.grid && document.activeElement?.matches('.cell') && card.grid.settle()) { this.view.refresh(); return; }
    const stop = this.stop(field);
    if (stop?.kind === 'empty') {
      card.nudge(field.isTable ? `There are no rows: add one, or say with ${keyOf('absent')} that there is no table.` : `No value yet: type it, lift it from the page, or say with ${keyOf('absent')} that the document has none.`);
      return;
    }
    if (stop?.kind === 'unread') { card.nudge(card.norm.textContent); return; }
    if (stop?.kind === 'rule') { card.ask(stop.rules); return; }
    if (field.asked) task.state(field.path).status = statusOf(task, field);
    this.view.keep();
    const asked = task.asked;
    const next = [...asked.slice(asked.indexOf(field) + 1), ...asked].find(one => task.state(one.path).status === 'open');
    if (next) this.view.focus(next.path);
    else this.finish(field);
  }

  /** Everything is decided: hand it in, once what was typed has been judged. */
  async finish(field) {
    const { task } = this.view;
    if (this.finishing) return;
    this.finishing = true;
    try {
      if (this.view.checker.pending) await this.view.checker.settled();
      const wrong = task.fields.find(one => task.problem(one) && (one.asked || task.changed(one)));
      if (wrong) { this.reopen(wrong); return; }
      if (task.unexcused.length) { this.reopen(field ?? task.asked[0], task.unexcused); return; }
      this.view.hooks.submit(this.view.item);
    } finally {
      this.finishing = false;
    }
  }

  reopen(field, rules = null) {
    if (field.asked) this.view.task.state(field.path).status = 'open';
    this.view.focus(field.path);
    this.view.refresh();
    const card = this.view.card(field.path);
    if (rules) card?.ask(rules);
    else card?.nudge(card.norm.textContent);
  }

  /** Accept what remains; the critical fields must have been looked at. */
  all() {
    const { task } = this.view;
    const unseen = task.open.find(one => one.critical && !task.state(one.path).seen);
    if (unseen) {
      this.view.focus(unseen.path);
      say(`${unseen.title} is critical: look at it first.`);
      this.view.card(unseen.path).nudge('This field is critical: look at it, then accept all.');
      return;
    }
    for (const field of task.open) {
      const stop = this.stop(field);
      if (stop) {
        this.view.focus(field.path);
        if (stop.kind === 'rule') this.view.card(field.path).ask(stop.rules);
        else this.view.card(field.path).nudge(stop.kind === 'empty' ? 'No value yet, so it can\'t be accepted.' : this.view.card(field.path).norm.textContent);
        return;
      }
      task.state(field.path).status = statusOf(task, field);
    }
    this.view.refresh();
    this.finish(this.view.current?.field.asked ? this.view.current.field : task.asked.at(-1));
  }
}
