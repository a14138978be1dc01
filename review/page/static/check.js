// What would be stored, and do the rules hold: asked of the server while somebody types, judged by it alone.

import { Offline, post, Problem } from './api.js';

const PAUSE_MS = 110;
const PAUSE_LONG_MS = 700;
const MANY_ROWS = 300;

export class Checker {
  /** @param changed called when there is something new to show */
  constructor(task, changed) {
    this.task = task;
    this.changed = changed;
    this.timer = 0;
    this.asked = 0;
    this.answered = 0;
    this.running = null;
    this.stopped = false;
    this.silent = false;
  }

  get pending() { return this.timer !== 0 || this.asked !== this.answered; }

  /** Ask after a pause in typing. */
  soon() {
    clearTimeout(this.timer);
    const rows = Math.max(0, ...this.task.fields.map(one => this.task.state(one.path).rows?.length ?? 0));
    this.timer = setTimeout(() => this.now(), rows > MANY_ROWS ? PAUSE_LONG_MS : PAUSE_MS);
  }

  now() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.asked += 1;
    this.running = this.run(this.asked);
    return this.running;
  }

  /** Resolves once what is on the screen has been judged, or can't be. */
  async settled() {
    if (this.timer) this.now();
    while (this.running && this.asked !== this.answered) await this.running;
  }

  async run(number) {
    const task = this.task;
    // A field that is still empty and open is no mistake yet.
    const entries = task.entries.filter(one => one.action !== 'accept' || !task.field(one.path).unread)
      .filter(one => !(one.value === '' && task.state(one.path).status === 'open'));
    try {
      const found = await post(`/v1/review/${task.id}/check`, { fields: entries });
      this.silent = false;
      if (number === this.asked && !this.stopped) this.take(found);
    } catch (error) {
      // Without an answer nothing is known; the server judges again when it is handed in.
      if (!(error instanceof Offline || error instanceof Problem)) throw error;
      this.silent = true;
    } finally {
      if (number === this.asked) this.answered = number;
      if (!this.stopped) this.changed();
    }
  }

  take(found) {
    const { task } = this;
    task.problems = found.problems;
    task.normals = Object.fromEntries(found.fields.map(one => [one.path, one]));
    task.verdicts = found.rules;
  }

  stop() {
    clearTimeout(this.timer);
    this.stopped = true;
  }
}

/** A sentence about a field without the field's name, which stands beside it. */
export const plain = problem => problem.replace(/^field '[^']*'(?:, )?:? ?/, '').replace(/^is a presence: /, '');
