// The public API, and nothing else: problems as errors, a login in between, a network that comes and goes.

/** An answer that says no: status, code, and a sentence for whoever works here. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? 'the server failed and did not say why');
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.body = body;
  }
}

/** Nobody answered: the network, or the server, is away. */
export class Offline extends Error {}

/** What the server or the network said; a defect goes on its way. */
export function known(error) {
  if (!(error instanceof Problem || error instanceof Offline)) throw error;
  return error;
}

let csrf = null;
let skew = 0;
let entered = 0;
const listeners = new Set();

/** Hear of the network: called with true or false when it changes. */
export const onNetwork = listener => listeners.add(listener);
let up = true;
function network(now) {
  if (now === up) return;
  up = now;
  for (const one of listeners) one(up);
}

/** Milliseconds since 1970 by the server's clock, to a second. */
export const serverNow = () => Date.now() + skew;

/** "3 min" for a time that lies back by that clock; days at most. */
export function ago(iso) {
  const minutes = Math.max(0, Math.round((serverNow() - Date.parse(iso)) / 60_000));
  if (minutes < 1) return 'under a minute';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(minutes / 1440)} days`;
}

/**
 * Ask the API.
 * @param options body (JSON), headers, keepalive, login: false where an unknown caller is no reason to ask
 * @returns {Promise<{status: number, data: any, headers: Headers}>}
 * @throws {Problem | Offline}
 */
export async function ask(method, path, options = {}) {
  for (let last = false; ;) {
    const asked = entered;
    const answer = await send(method, path, options);
    if (answer.status !== 401 || options.login === false) {
      // Where another tab logged in anew, this one has its cookie, not yet its token.
      try { return await settle(answer, path); } catch (error) { if (last || error.code !== 'csrf') throw error; }
      last = true;
    // Whoever logged in while this was on its way is not asked once more.
    } else if (asked === entered) await loggedIn();
    await whoami({ login: options.login });
  }
}

/** The door is fetched when somebody has to go through it: what ended is a session, not the network. */
async function loggedIn() {
  let door;
  try { door = await import('./door.js'); } catch (error) { throw new Offline(error.message); }
  await door.askLogin();
  entered += 1;
}

async function send(method, path, { body, headers = {}, keepalive = false }) {
  const sent = { method, headers: { Accept: 'application/json', ...headers }, credentials: 'same-origin', keepalive };
  if (body !== undefined) {
    sent.headers['Content-Type'] = 'application/json';
    sent.body = JSON.stringify(body);
  }
  if (csrf && method !== 'GET') sent.headers['X-CSRF-Token'] = csrf;
  let answer;
  try {
    answer = await fetch(path, sent);
  } catch (error) {
    network(false);
    throw new Offline(error.message);
  }
  network(true);
  const date = Date.parse(answer.headers.get('Date') ?? '');
  if (date) skew = date - Date.now();
  return answer;
}

async function settle(answer, path) {
  const text = answer.status === 204 ? '' : await answer.text().catch(() => '');
  let data = null;
  try { data = text ? JSON.parse(text) : null; } catch { data = null; }
  if (!answer.ok) throw new Problem(answer.status, data ?? { detail: `${path.split('?')[0]} answered ${answer.status}` });
  return { status: answer.status, data, headers: answer.headers };
}

export const get = async (path, options) => (await ask('GET', path, options)).data;
export const post = async (path, body, options = {}) => (await ask('POST', path, { ...options, body })).data;

/** Who works here; keeps what forms must repeat. */
export async function whoami(options) {
  const me = await get('/v1/me', options);
  csrf = me.csrf;
  return me;
}

/** Open a session. */
export async function login(name, password) {
  const me = (await ask('POST', '/v1/session', { body: { name, password }, login: false })).data;
  csrf = me.csrf;
  return me;
}

export async function logout() {
  await ask('DELETE', '/v1/session', { login: false });
  csrf = null;
}
