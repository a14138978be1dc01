// Logging in: on its own page, or over a record in the middle of it, where everything stays as it was.

import { login, Offline } from './api.js';
import { $, h } from './dom.js';

let asking = null;

/** The fields and what happens with them; done is called once somebody is in. */
export function loginForm(done) {
  const name = h('input', { id: 'login-name', autocomplete: 'username', required: true, maxlength: 64, spellcheck: 'false' });
  const secret = h('input', { id: 'login-password', type: 'password', autocomplete: 'current-password', required: true });
  const wrong = h('p.wrong', { role: 'alert' });
  const form = h('form.login', { novalidate: true, onsubmit: event => { event.preventDefault(); attempt(); } },
    h('label', { for: 'login-name' }, 'Name'), name,
    h('label', { for: 'login-password' }, 'Password'), secret,
    wrong, h('button.main', { type: 'submit' }, 'Log in'));
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

export const sentence = text => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** Ask who works here, over whatever is on the screen; resolves once somebody is in. */
export function askLogin() {
  asking ??= new Promise(done => {
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
  });
  return asking;
}
