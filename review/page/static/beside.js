// The page beside the record, with its own keys above it; one that can't be drawn takes nothing else with it.

import { $, failed, h, put, say } from './dom.js';
import { capsOf } from './keys.js';
import { Viewer } from './viewer.js';

const NAMES = { evidence: 'evidence', width: 'page width', page: 'whole page' };

export class Beside {
  /** @param hooks lift(text, place), leave() */
  constructor(hooks) {
    this.number = h('span.pageno');
    this.zoom = h('span', {}, NAMES.evidence);
    this.stage = $('.stage');
    this.viewer = guarded(new Viewer(this.stage, {
      ...hooks,
      say,
      page: (number, count) => { put(this.number, `page ${number} of ${count}`); this.turner.disabled = count < 2; },
      mode: name => put(this.zoom, NAMES[name]),
    }));
    for (const [name, on] of [['focus', true], ['blur', false]]) this.stage.addEventListener(name, () => $('.viewer').classList.toggle('walks', on));
  }

  /** Draw the keys, once it is known which somebody wants. */
  draw() {
    const { viewer } = this;
    const quiet = (work, ...children) => h('button.quiet', { type: 'button', onclick: work }, ...children);
    this.turner = quiet(() => this.turn(viewer.page && viewer.page.number < viewer.pages.count ? 1 : 1 - viewer.pages.count), capsOf('pageup'), capsOf('pagedown'), h('span', {}, 'page'));
    const walker = quiet(() => this.walk(), capsOf('walk'), h('span', {}, 'walk the words'));
    walker.classList.add('walker');
    $('.tools').replaceChildren(this.number, this.turner, quiet(() => viewer.cycle(), capsOf('zoom'), this.zoom), walker,
      h('span.walking', {}, [['←↑↓→', 'word'], ['Shift', 'extend'], ['Enter', 'lift'], ['Home', 'evidence'], ['Esc', 'back']].map(([key, does]) => h('span', {}, h('kbd', {}, key), ` ${does}`))));
  }

  walk() { this.stage.focus(); }

  turn(by) {
    const { viewer } = this;
    if (!viewer.page || !viewer.turn(viewer.page.number + by)) return;
    viewer.draw();
    viewer.settle();
    say(this.number.textContent);
  }
}

function guarded(made) {
  return new Proxy(made, {
    get(target, name) {
      const found = target[name];
      if (typeof found !== 'function') return found;
      return (...given) => {
        try { return found.apply(target, given); } catch (error) { failed('page', $('.viewer'), error); return undefined; }
      };
    },
  });
}
