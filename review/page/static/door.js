// Logging in: on its own page, or over a record in the middle of it, where everything stays as it was.

import { get, login, Offline, whoami } from './api.js';
import { $, h, sentence } from './dom.js';
import { WANTED } from './frame.js';

const PAUSE_MS = 500;
let asking = null;

/**
 * The fields and what happens with them.
 * @param done called once somebody is in
 * @param next where a provider's login leads in the end; without it the provider opens beside this page, which stays
 */
export function loginForm(done, next = null) {
  const name = h('input', { id: 'login-name', autocomplete: 'username', required: true, maxlength: 64, spellcheck: 'false' });
  const secret = h('input', { id: 'login-password', type: 'password', autocomplete: 'current-password', required: true });
  const wrong = h('p.wrong', { role: 'alert' });
  const form = h('form.login', { novalidate: true, onsubmit: event => { event.preventDefault(); attempt(); } },
    h('label', { for: 'login-name' }, 'Name'), name,
    h('label', { for: 'login-password' }, 'Password'), secret,
    wrong, h('button.main', { type: 'submit' }, 'Log in'));
  ways(form, next, done);
  async function attempt() {
    if (!name.value || !secret.value) { wrong.textContent = 'Name and password are both needed.'; return; }
    wrong.textContent = '';
    form.setAttribute('aria-busy', 'true');
    try {
      const me = await login(name.value, secret.value);
      done(me);
    } catch (error) {
      wrong.textContent = error instanceof Offline ? 'The server does not answer; try again in a moment.' : sentence(error.message);
      secret.select();
    } finally {
      form.removeAttribute('aria-busy');
    }
  }
  return form;
}

/** Offer the provider too, where there is one. */
async function ways(form, next, done) {
  const { oidc } = await get('/v1/session', { login: false }).catch(() => ({}));
  if (!oidc) return;
  const keep = () => { try { if (next) sessionStorage.setItem(WANTED, next); } catch { /* it leads to the queue then */ } };
  form.append(h('a.button.other', { href: oidc, onclick: keep, ...(next ? {} : { target: '_blank', rel: 'noopener' }) },
    next ? 'Log in at your provider' : 'Log in at your provider, in another tab'));
  if (!next) addEventListener('focus', () => form.isConnected && whoami({ login: false }).then(done, () => { /* not yet */ }));
}

/** Resolves once nobody has typed for a moment: what somebody types into a record must not end as his name. */
const pause = () => new Promise(done => {
  let timer = 0;
  const wait = () => { clearTimeout(timer); timer = setTimeout(end, PAUSE_MS); };
  const end = () => { removeEventListener('keydown', wait, true); done(); };
  addEventListener('keydown', wait, true);
  wait();
});

/** Ask who works here, over whatever is on the screen; resolves once somebody is in. */
export function askLogin() {
  asking ??= pause().then(() => new Promise(done => {
    const before = document.activeElement;
    const dialog = h('dialog.login-over', { 'aria-labelledby': 'login-title' },
      h('h2', { id: 'login-title' }, 'Your session has ended'),
      h('p', {}, 'Log in to go on. What you entered is still here.'),
      loginForm(() => {
        dialog.close();
        dialog.remove();
        before?.focus?.({ preventScroll: true });
        asking = null;
        done();
      }));
    dialog.addEventListener('cancel', event => event.preventDefault());
    document.body.append(dialog);
    dialog.showModal();
    $('input', dialog).focus();
  }));
  return asking;
}
