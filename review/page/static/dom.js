// Writing the page: every text of a document goes in as text, never as markup.

export const $ = (query, root = document) => root.querySelector(query);
export const $$ = (query, root = document) => [...root.querySelectorAll(query)];

/** Make an element: h('p.note', {id: 'x', onclick: f}, 'text', child). */
export function h(spec, properties = {}, ...children) {
  const [tag, ...classes] = spec.split('.');
  const made = document.createElement(tag || 'div');
  if (classes.length) made.className = classes.join(' ');
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat(2).filter(one => one !== null && one !== undefined && one !== false));
  return made;
}

/** An icon of the shell's symbols. */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const use = document.createElementNS(space, 'use');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Set a text where it is another one: writing the same anew would cost a layout. */
export function put(node, text) { if (node.textContent !== text) node.textContent = text; }

/** Say something to those who listen to the page. */
export function say(text) {
  const live = $('.live');
  live.textContent = '';
  requestAnimationFrame(() => { live.textContent = text; });
}

/** Resolves when what was just changed has been painted, with that moment. */
export const painted = () => new Promise(done => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => done(performance.now());
  channel.port2.postMessage(0);
}));

/**
 * Run one widget of the page; if it fails, only it is missing, and the place says so.
 * @returns what the widget returns, or undefined where it failed
 */
export function widget(name, place, work) {
  try {
    return work();
  } catch (error) {
    failed(name, place, error);
    return undefined;
  }
}

/** Note that a widget failed; its place says so, and the rest goes on. */
export function failed(name, place, error) {
  console.warn(`the ${name} can't be shown`, error);
  if (!place || place.querySelector(':scope > .broken-widget')) return;
  place.append(h('p.broken-widget', { role: 'status' }, `The ${name} can't be shown; the rest works.`));
}

export const when = iso => iso ? new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' }) : '–';
export const words = text => String(text ?? '').replaceAll('_', ' ');
export const several = (count, one, many = `${one}s`) => `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

/** A text as a sentence. */
export const sentence = text => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** A long text as far as a line can show it; the whole stays where it is edited. */
export const short = (text, most = 160) => text.length > most ? `${text.slice(0, most)}…` : text;
