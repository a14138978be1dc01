// The work at hand: what is claimed ahead with its pages, what is on its way out, what can still be taken back.

import { ask, get, known, Offline, post, Problem, serverNow } from './api.js';
import { painted } from './dom.js';
import { Outbox } from './outbox.js';
import { Pages } from './pages.js';
import { need } from './parts.js';
import { Task } from './task.js';

const AHEAD = 2;
const BEAT_MS = 60_000;
const LOOK_MS = 5_000;

/** Tasks in the order in which they are shown. */
export class Line {
  /** @param hooks changed(), returned(item), lost(task, why) */
  constructor(hooks) {
    this.hooks = hooks;
    this.ready = [];
    this.queue = null;
    this.filling = null;
    this.dry = false;
    this.undoable = [];
    this.given = [];
    this.locks = new Map();
    this.outbox = new Outbox(this);
    this.current = null;
    this.lastActive = performance.now();
    setInterval(() => this.beat(), BEAT_MS);
    setInterval(() => this.dry && !document.hidden && this.fill(), LOOK_MS);
    document.addEventListener('visibilitychange', () => !document.hidden && this.beat());
  }

  /** Go on with what this person holds already, as after a reload; tasks open in another tab stay there. */
  async resume(wanted) {
    if (wanted) { await this.claimOne(wanted); return; }
    let mine = [];
    try {
      const only = this.queue ? `&queue=${encodeURIComponent(this.queue)}` : '';
      mine = (await get(`/v1/tasks?state=open&mine=1${only}`)).tasks;
    } catch (error) {
      if (error instanceof Offline) throw error;
    }
    for (const one of mine.slice(0, AHEAD + 1)) await this.claimOne(one.task_id, false);
  }

  async claimOne(id, loud = true) {
    if (!await this.lock(id)) return;
    try {
      this.add((await this.claim(id)).tasks);
    } catch (error) {
      this.unlock(id);
      if (loud || error instanceof Offline) throw error;
    }
  }

  claim(id) { return post('/v1/review/claim', { task_id: id }); }

  /** Only one tab of a browser shows a task. */
  lock(id) {
    if (this.locks.has(id) || !navigator.locks) return Promise.resolve(true);
    return new Promise(done => {
      navigator.locks.request(`doctrail task ${id}`, { ifAvailable: true }, lock => {
        done(Boolean(lock));
        return lock && new Promise(free => this.locks.set(id, free));
      });
    });
  }

  unlock(id) {
    this.locks.get(id)?.();
    this.locks.delete(id);
  }

  add(tasks) {
    for (const raw of tasks) {
      if (this.current?.id === raw.task_id || this.ready.some(one => one.task?.id === raw.task_id)) continue;
      this.lock(raw.task_id);
      this.ready.push(this.item(raw));
    }
  }

  item(raw) {
    const task = new Task(raw);
    const pages = new Pages(task.pages);
    const item = { kind: 'task', task, pages, id: task.id, until: expiry(raw.lease), draft: new Draft(task) };
    const parts = [...new Set([...task.fields.map(one => one.part), task.isFields ? null : 'whole'])].filter(Boolean);
    item.whole = !parts.length;
    item.parts = need(parts).then(() => { item.whole = true; });
    item.loaded = Promise.all([item.parts, pages.prefetch(task.evidencePages)]);
    return item;
  }

  /** Claim until enough is ready; quietly, as often as it is asked. */
  fill() {
    this.filling ??= this.claimAhead().finally(() => { this.filling = null; });
    return this.filling;
  }

  async claimAhead() {
    const missing = AHEAD - this.ready.length + (this.current ? 0 : 1);
    if (missing < 1) return;
    const but = this.given.slice(-20);
    try {
      const body = { n: Math.min(3, missing), ahead: Boolean(this.current || this.ready.length) };
      if (this.queue) body.queue = this.queue;
      if (but.length) body.but = but;
      const { tasks } = await post('/v1/review/claim', body);
      this.dry = tasks.length < missing;
      // Others have the first choice of it; with the next look it comes back.
      if (this.dry) this.given = this.given.filter(id => !but.includes(id));
      this.add(tasks);
    } catch (error) {
      this.dry = true;
      this.trouble = known(error);
      this.hooks.changed();
      return;
    }
    this.trouble = null;
    this.hooks.changed();
  }

  /** The next item, its lease made real; null where there is none yet. */
  next() {
    let item = this.ready.shift() ?? null;
    while (item && item.kind === 'task' && item.until < performance.now()) {
      // Kept too long ahead: perhaps somebody else has it by now.
      this.claimAgain(item);
      item = this.ready.shift() ?? null;
    }
    this.current = item;
    // Nobody waits for these: the record is shown first.
    if (item) painted().then(() => this.hold(item));
    else this.fill();
    return item;
  }

  hold(item) {
    if (this.current === item && item.kind === 'task' && item.task.lease?.soft) this.keep(item);
    this.fill();
  }

  async claimAgain(item) {
    try {
      this.add((await this.claim(item.id)).tasks);
      this.hooks.changed();
    } catch { this.unlock(item.id); }
  }

  /** Keep a lease alive; where it was lost, say so. */
  async keep(item) {
    try {
      const { lease } = (await ask('POST', `/v1/review/${item.id}/heartbeat`, { headers: { 'Lease-Token': item.task.lease.token } })).data;
      item.task.lease = lease;
      item.until = expiry(lease);
    } catch (error) {
      if (error instanceof Problem && error.status === 409) await this.reclaim(item);
    }
  }

  async reclaim(item) {
    if (this.current !== item) { this.ready = this.ready.filter(one => one !== item); return; }
    try {
      const { tasks } = await this.claim(item.id);
      item.task.lease = tasks[0].lease;
      item.task.etag = tasks[0].etag;
      item.until = expiry(tasks[0].lease);
    } catch (error) {
      if (error instanceof Problem) this.hooks.lost(item, error);
    }
  }

  beat() {
    if (document.hidden || performance.now() - this.lastActive > 15 * BEAT_MS) return;
    if (this.current?.kind === 'task') this.keep(this.current);
    for (const one of this.ready) {
      if (one.kind === 'task' && one.until - performance.now() < 1.5 * BEAT_MS && performance.now() - this.lastActive < BEAT_MS) this.keep(one);
    }
  }

  /** Hand in what is on the screen; the answer is awaited elsewhere. */
  submit(item) {
    for (const one of item.items ?? [item]) {
      one.draft.close();
      this.outbox.send(one);
    }
    this.current = null;
  }

  /** Records that ask the same as this one: those that are here already, and those that wait. */
  async alike(item) {
    const { tasks } = await post(`/v1/review/${item.id}/alike`, {});
    const key = item.task.raw.alike.key;
    const mine = this.ready.filter(one => one.kind === 'task' && one.task.raw.alike?.key === key && !one.task.touched);
    this.ready = this.ready.filter(one => !mine.includes(one));
    for (const raw of tasks) this.lock(raw.task_id);
    return [...mine, ...tasks.map(raw => this.item(raw))];
  }

  /** Give the task back; what was entered is kept. */
  async release(item) {
    if (this.current === item) this.current = null;
    await item.draft.flush();
    this.unlock(item.id);
    try {
      await post(`/v1/review/${item.id}/release`, undefined, { headers: { 'Lease-Token': item.task.lease.token } });
    } catch (error) { known(error); }
  }

  /** Note that a decision was taken, for as long as it can be taken back. */
  submitted(item, receipt) {
    const left = Date.parse(receipt.release_at) - serverNow();
    this.undoable.push({ id: item.id, title: item.task.title, group: item.task.togetherWith, until: performance.now() + left });
    this.hooks.changed();
  }

  get lastUndoable() {
    this.undoable = this.undoable.filter(one => one.until > performance.now());
    return this.undoable.at(-1) ?? null;
  }

  /** Take the last decision back; its task comes first again, and the one on the screen right after it. */
  async undo() {
    const last = this.lastUndoable;
    if (!last) return null;
    // What was accepted together is taken back together, each record to be decided by itself then.
    const group = last.group ? this.undoable.filter(one => one.group === last.group) : [last];
    this.undoable = this.undoable.filter(one => !group.includes(one));
    for (const one of group.slice(1)) {
      const other = this.item(await post(`/v1/review/${one.id}/undo`));
      other.undone = true;
      await this.release(other);
    }
    const item = this.item(await post(`/v1/review/${group[0].id}/undo`));
    item.undone = true;
    if (this.current) this.ready.unshift(this.current);
    this.current = null;
    this.ready.unshift(item);
    return item;
  }
}

/** When a lease ends, by this page's own clock. */
const expiry = lease => lease ? performance.now() + Date.parse(lease.until) - serverNow() : Infinity;

/** What is entered, kept on the server as it is entered, and here for as long as the server does not have it. */
class Draft {
  constructor(task) {
    this.task = task;
    this.key = `doctrail.draft.${task.id}`;
    this.timer = 0;
    this.closed = false;
    this.saving = Promise.resolve();
  }

  touch() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), 700);
    this.dirty = true;
  }

  flush(keepalive = false) {
    clearTimeout(this.timer);
    if (!this.dirty || this.closed) return this.saving;
    this.dirty = false;
    this.saving = this.saving.then(() => this.save(keepalive));
    return this.saving;
  }

  async save(keepalive) {
    const draft = this.task.draft();
    try {
      await ask('PUT', `/v1/review/${this.task.id}/draft`, { body: { draft }, keepalive, login: !keepalive });
      this.forget();
    } catch (error) {
      known(error);
      this.dirty = true;
      try { sessionStorage.setItem(this.key, JSON.stringify(draft)); } catch { /* the screen still has it */ }
      if (error instanceof Offline) this.timer = setTimeout(() => this.flush(), 4000);
    }
  }

  close() {
    clearTimeout(this.timer);
    this.closed = true;
    this.forget();
  }

  forget() {
    try { sessionStorage.removeItem(this.key); } catch { /* nothing was kept */ }
  }
}

/** A draft that the server never got, from before this page was loaded again. */
export function strandedDraft(id) {
  try { return JSON.parse(sessionStorage.getItem(`doctrail.draft.${id}`)); } catch { return null; }
}
