// What every view has: theme, menu, who works here, whether the network is there.

import { get, logout, onNetwork, Problem, whoami } from './api.js';
import { $, $$, h } from './dom.js';
import { adopt } from './keys.js';

const THEMES = ['system', 'light', 'dark'];
const KEPT = 'doctrail.theme';
/** Under it, in this session: where somebody wanted to go before he logged in at a provider. */
export const WANTED = 'doctrail.wanted';

/** A note kept in this browser; none where it keeps nothing. */
const kept = {
  get(name) { try { return localStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* nothing is kept then */ } },
};

/** Set the theme and the button for it. */
export function dress() {
  const button = $('#theme');
  const apply = name => {
    document.documentElement.dataset.theme = name;
    if (button) button.textContent = { system: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' }[name];
  };
  apply(THEMES.includes(kept.get(KEPT)) ? kept.get(KEPT) : 'system');
  button?.addEventListener('click', () => {
    const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
    kept.set(KEPT, next);
    apply(next);
  });
}

/** Say in the bar how the connection is; the place is always there, so nothing moves. */
export function connection(text, trouble = false) {
  const place = $('.net');
  if (!place) return;
  place.classList.toggle('trouble', trouble);
  place.parentElement.classList.toggle('troubled', trouble);
  if (place.textContent !== text) place.textContent = place.title = text;
}

/**
 * Begin a view: theme, menu, who works here.
 * @param options tellsNetwork: false where the view says by itself how the network is
 * @returns the caller, as /v1/me says
 */
export async function begin({ tellsNetwork = true } = {}) {
  dress();
  if (tellsNetwork) onNetwork(up => connection(up ? '' : 'The server does not answer. Trying again by itself.', !up));
  const me = await knownCaller();
  const wanted = wantedPage();
  if (wanted) { location.replace(wanted); return new Promise(() => { /* this page is left */ }); }
  adopt(me.preferences.keys);
  for (const one of $$('.menu [data-role]')) one.hidden = !me.roles.includes(one.dataset.role);
  const who = $('.who');
  if (who && me.needs_login) {
    const leave = h('button.quiet', { type: 'button', onclick: async () => { await logout(); location.assign('/login'); } }, 'Log out');
    who.replaceChildren(h('bdi', {}, me.name), ' ', leave);
  }
  return me;
}

/** Where somebody wanted to go, once; null where nowhere else. */
function wantedPage() {
  try {
    const found = sessionStorage.getItem(WANTED);
    sessionStorage.removeItem(WANTED);
    return found;
  } catch { return null; }
}

async function knownCaller() {
  try {
    return await whoami({ login: false });
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      location.replace(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
      return new Promise(() => { /* this page is left */ });
    }
    if (error instanceof Problem) throw error;
    await new Promise(done => setTimeout(done, 2000));
    return knownCaller();
  }
}

/** Show what a view is made of, or why it can't be shown, in words with a way on. */
export async function show(build) {
  const content = $('.content');
  try {
    const parts = await build(content);
    if (parts) content.replaceChildren(...[parts].flat());
  } catch (error) {
    content.replaceChildren(h('div.failure', { role: 'alert' },
      h('p', {}, error instanceof Problem ? `${error.message}.` : 'The server does not answer.'),
      h('button', { type: 'button', onclick: () => show(build) }, 'Try again')));
    if (!(error instanceof Problem)) console.warn(error);
  } finally {
    content.removeAttribute('aria-busy');
  }
}

/** A table with a caption for those who can't see it; cells are texts or elements. */
export function table(caption, heads, rows) {
  return h('div.scroller', { tabindex: '0', role: 'region', 'aria-label': caption }, h('table.list', {},
    h('caption.off', {}, caption),
    h('thead', {}, h('tr', {}, heads.map(head => h('th', { scope: 'col' }, head || h('span.off', {}, 'Actions'))))),
    h('tbody', {}, rows.map(row => h('tr', {}, row.map((cell, at) => h(at ? 'td' : 'th', at ? {} : { scope: 'row' }, cell)))))));
}

/** Every page of a list. */
export async function all(path, name, most = 20) {
  const found = [];
  let after = null;
  for (let page = 0; page < most; page += 1) {
    const answer = await get(after ? `${path}${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(after)}` : path);
    found.push(...answer[name]);
    after = answer.next;
    if (!after) break;
  }
  return found;
}
