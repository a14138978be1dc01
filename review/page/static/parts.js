// Parts of the desk that only some records need: fetched with the record that does, there ever after.

const SOURCES = {
  grid: () => import('./grid.js'),
  whole: () => import('./whole.js'),
  conflict: () => import('./conflict.js'),
  together: () => import('./together.js'),
};
const here = {};

/** A part that was fetched; undefined where it was not, or could not be. */
export const part = name => here[name];

let style = null;

/** Their style sheet; without it they work all the same. */
function dressed() {
  style ??= new Promise(done => {
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL('parts.css', import.meta.url).href, onload: done, onerror: done });
    document.head.append(link);
  });
  return style;
}

/** Fetch parts; true where all of them are there. */
export async function need(names) {
  if (names.length) await dressed();
  const found = await Promise.all(names.map(async name => {
    try { here[name] ??= await SOURCES[name](); } catch (error) { console.warn(`the part ${name} could not be had`, error); }
    return Boolean(here[name]);
  }));
  return found.every(Boolean);
}
