// Who works here, with what tokens, and the shares the lanes are run by.

import { ask, get, post } from './api.js';
import { $, h, sentence, when, words } from './dom.js';
import { begin, show, table } from './frame.js';

const ROLES = ['reviewer', 'adjudicator', 'admin', 'service'];
const me = await begin();
const draw = () => show(build);
await draw();

async function build() {
  const [{ reviewers }, lanes] = await Promise.all([get('/v1/reviewers'), get('/v1/lanes')]);
  return [
    h('h2', {}, 'Reviewers'),
    reviewers.length ? table('Reviewers', ['Name', 'Roles', 'Works on', 'State', ''], reviewers.map(person)) : h('p.nothing-here', {}, 'Nobody yet. On this machine alone nobody has to log in; anywhere else somebody has to be added first.'),
    h('h2', {}, 'Add a reviewer'), adding(),
    h('h2', {}, 'Lanes'), laneTable(lanes),
    h('p.small', {}, 'These come from the settings DOCTRAIL_REVIEW_…; a restart takes new ones.'),
  ];
}

function person(one) {
  const state = one.active ? h('span.good', {}, 'active') : 'shut out';
  const own = one.reviewer_id === me.reviewer_id;
  return [h('bdi', {}, one.name), one.roles.join(', '), one.skills.join(', ') || 'everything', state, h('div.acts', {},
    own ? null : h('button', { type: 'button', onclick: event => change(event, one, { active: !one.active }) }, one.active ? 'shut out' : 'let in again'),
    h('button', { type: 'button', 'aria-label': `Tokens of ${one.name}`, onclick: () => tokens(one) }, 'tokens'))];
}

async function change(event, one, body) {
  event.target.disabled = true;
  try { await ask('PATCH', `/v1/reviewers/${one.reviewer_id}`, { body }); } finally { await draw(); }
}

function adding() {
  const said = h('p.said', { role: 'status' });
  const field = (id, label, properties) => h('div', {}, h('label', { for: id }, label), h('input', { id, autocomplete: 'off', ...properties }));
  const form = h('form.plain', { onsubmit: async event => {
    event.preventDefault();
    const roles = ROLES.filter(role => $(`#role-${role}`, form).checked);
    const skills = $('#add-skills', form).value.split(',').map(one => one.trim()).filter(Boolean);
    const password = $('#add-password', form).value;
    said.className = 'said wrong';
    if (!roles.length) { said.textContent = 'Choose at least one role.'; return; }
    try {
      await post('/v1/reviewers', { name: $('#add-name', form).value, roles, skills, ...(password ? { password } : {}) });
      await draw();
      $('#add-name').focus();
    } catch (error) { said.textContent = sentence(error.message); }
  } },
  field('add-name', 'Name', { required: true, maxlength: 64 }),
  field('add-password', 'Password', { type: 'password', autocomplete: 'new-password', minlength: 12, placeholder: '12 characters or more' }),
  field('add-skills', 'Types (none: all)', { placeholder: 'invoice, receipt' }),
  h('fieldset', {}, h('legend', {}, 'Roles'), ROLES.map(role => h('label', {}, h('input', { type: 'checkbox', id: `role-${role}`, checked: role === 'reviewer' }), role))),
  h('div', {}, h('button.main', { type: 'submit' }, 'Add')), said);
  return form;
}

async function tokens(one) {
  const found = (await get(`/v1/reviewers/${one.reviewer_id}/tokens`)).tokens;
  const said = h('div', { role: 'status' });
  const scopes = one.roles;
  const label = h('input', { id: 'token-label', required: true, maxlength: 64, autocomplete: 'off' });
  const days = h('input', { id: 'token-days', type: 'number', min: 1, max: 3650, value: 90 });
  const form = h('form.plain', { onsubmit: async event => {
    event.preventDefault();
    try {
      const made = await post(`/v1/reviewers/${one.reviewer_id}/tokens`, { label: label.value, scopes, days: Number(days.value) || null });
      said.replaceChildren(h('p', {}, 'Copy it now; it is never shown again.'), h('code.secret', { tabindex: '0' }, made.token));
      form.hidden = true;
    } catch (error) { said.replaceChildren(h('p.wrong', {}, sentence(error.message))); }
  } }, h('div', {}, h('label', { for: 'token-label' }, 'What it is for'), label), h('div', {}, h('label', { for: 'token-days' }, 'Days it lasts'), days),
  h('div', {}, h('button.main', { type: 'submit' }, 'Issue')));
  const dialog = h('dialog', { 'aria-labelledby': 'tokens-title' },
    h('h2', { id: 'tokens-title' }, 'Tokens of ', h('bdi', {}, one.name)),
    found.length ? table('Tokens', ['For', 'May', 'Until', ''], found.map(token => [h('bdi', {}, token.label), token.scopes.join(', '), token.revoked ? 'revoked' : token.expires_at ? when(token.expires_at) : 'for ever',
      token.revoked ? '' : h('button', { type: 'button', onclick: async () => { await ask('DELETE', `/v1/tokens/${token.token_id}`); dialog.close(); await tokens(one); } }, 'revoke')])) : h('p.nothing-here', {}, 'No tokens.'),
    form, said, h('p', {}, h('button', { type: 'button', onclick: () => dialog.close() }, 'Close')));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function laneTable(lanes) {
  const share = value => `${(100 * value).toFixed(value < 0.1 ? 1 : 0)} %`;
  const rows = [
    ['Audit', share(lanes.audit_rate), 'of all records that are not rejected, every field'],
    ...Object.entries(lanes.audit_rates).map(([type, rate]) => [`Audit, ${type}`, share(rate), 'of this type']),
    ['All fields', share(lanes.all_fields_share), 'of routed tasks ask everything, so that audits can\'t be told apart'],
    ['Double', share(lanes.double_share), 'get a second person, unseen by the first'],
    ['Blind', share(lanes.blind_share), 'get a further person who sees empty fields'],
    ...Object.entries(lanes.quotas).map(([lane, rate]) => [`Kept for ${lane}`, share(rate), 'of each person\'s claims, while there are some']),
    ...Object.entries(lanes.orders).map(([type, order]) => [`Order of ${type}`, order, 'instead of by what a minute is worth']),
    ...Object.entries(lanes.due_hours).map(([lane, hours]) => [`Due, ${words(lane).replace('.', ', ')}`, `${hours} h`, 'after which it comes first, and is counted as overdue']),
    ['Undo', `${lanes.release_after_seconds} s`, 'until a decision is released'],
  ];
  return table('Lanes', ['Lane', 'Set to', 'What it is'], rows);
}
