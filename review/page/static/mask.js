// The mask of a well log: both curves over the page, to be looked at and not moved.

import { h } from './dom.js';
import { WIDTH } from './pages.js';
import { Part } from './parts.js';
import { Plot } from './plot.js';

/** Both curves over the page, as somebody sees whether the mask is theirs; nothing of it is moved. */
export class Mask extends Part {
  constructor(card) {
    super(card);
    this.known = card.field.raw.curve;
    this.plots = this.known.lines.map(one => new Plot({ ...one, rows: this.known.rows, rival: null, stretches: [] }, null));
    this.over = h('div.mask', {}, this.plots.map(one => one.element));
    this.element.classList.add('curvepart');
    this.element.append(h('p', {}, 'The page as a picture of three classes: background and the two curves, as the digitiser painted them. Where a curve is moved, it is painted anew for the next revision.'));
  }

  place() {
    const { viewer } = this.card.record;
    const page = viewer.pages?.at(this.known.page);
    if (!page) return null;
    for (const [at, plot] of this.plots.entries()) {
      plot.size(WIDTH, page.height);
      plot.paint(this.known.lines[at].across, { row: 0, first: 0, end: 0, open: () => false, gone: this.card.state.absent });
    }
    viewer.over(this.over, this.known.page);
    const boxes = this.plots.map((plot, at) => plot.box(this.known.lines[at].across, 0, this.known.rows - 1));
    const edge = (side, pick) => pick(...boxes.map(box => box[side]));
    return page.place([edge(0, Math.min), edge(1, Math.min), edge(2, Math.max), edge(3, Math.max)]);
  }

  refresh() {
    const { record } = this.card;
    if (record.current !== this.card && record.viewer.layer?.element === this.over) record.viewer.over(null);
  }

  brief() { return 'as painted'; }
}
