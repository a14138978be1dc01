// Decisions on their way to the server: sent behind the next record's back, kept until they are there.

import { ask, Offline, Problem } from './api.js';

const KEPT = 'doctrail.outbox';
const AGAIN_MS = [1000, 2000, 4000, 8000, 15_000];

export class Outbox {
  constructor(line) {
    this.line = line;
    this.waiting = [];
    this.sending = null;
    addEventListener('online', () => this.run());
  }

  get count() { return this.waiting.length; }

  send(item) {
    this.waiting.push({ item, id: item.id, key: crypto.randomUUID?.() ?? `${item.id} ${performance.now()} ${Math.random()}`, body: item.task.submission(), tries: 0 });
    this.keep();
    this.run();
  }

  /** Decisions that a page before this one could not hand in. */
  recover() {
    let left = [];
    try { left = JSON.parse(sessionStorage.getItem(KEPT)) ?? []; } catch { left = []; }
    for (const one of left) this.waiting.push({ ...one, item: null, tries: 0 });
    if (left.length) this.run();
  }

  keep() {
    const plain = this.waiting.map(({ id, key, body, item, etag, token }) => ({
      id, key, body, etag: item?.task.etag ?? etag, token: item?.task.lease?.token ?? token,
    }));
    try {
      if (plain.length) sessionStorage.setItem(KEPT, JSON.stringify(plain));
      else sessionStorage.removeItem(KEPT);
    } catch { /* this page still has them */ }
  }

  /** Send what waits; the promise of what is under way, where it is already. */
  run() {
    if (this.waiting.length) this.sending ??= this.all();
    return this.sending;
  }

  async all() {
    try {
      while (this.waiting.length) if (!await this.first()) return;
    } finally {
      this.sending = null;
      this.line.hooks.changed();
    }
  }

  /** Send the first one; false where it has to wait. */
  async first() {
    const one = this.waiting[0];
    const task = one.item?.task;
    const headers = { 'If-Match': task?.etag ?? one.etag, 'Idempotency-Key': one.key, 'Lease-Token': task?.lease?.token ?? one.token };
    try {
      const { data } = await ask('PUT', `/v1/review/${one.id}/decision`, { body: one.body, headers });
      this.done(one);
      if (one.item) { one.item.pages.drop(); this.line.submitted(one.item, data); }
      return true;
    } catch (error) {
      if (error instanceof Offline || (error instanceof Problem && (error.status >= 500 || error.status === 429))) {
        this.again(one, error);
        return false;
      }
      if (!(error instanceof Problem)) throw error;
      return this.refused(one, error);
    }
  }

  again(one, error) {
    one.trouble = error;
    setTimeout(() => this.run(), AGAIN_MS[Math.min(one.tries, AGAIN_MS.length - 1)]);
    one.tries += 1;
    this.line.hooks.changed();
  }

  /** The server will not take it as it is: it comes back as the next item, nothing of it lost. */
  async refused(one, error) {
    if (error.code === 'not_held' && one.item && !one.claimed) {
      one.claimed = true;
      try {
        const { tasks } = await this.line.claim(one.id);
        one.item.task.lease = tasks[0].lease;
        this.keep();
        return true;
      } catch (why) {
        if (!(why instanceof Problem)) { this.again(one, why); return false; }
        error = why;
      }
    }
    this.done(one);
    this.line.hooks.returned(one, error);
    return true;
  }

  done(one) {
    this.waiting = this.waiting.filter(other => other !== one);
    if (one.item) this.line.unlock(one.id);
    this.keep();
  }
}
