// A table of rows as a keyboard grid, with its running total against what the page prints.

import { h, say, several, short } from './dom.js';
import { actionOf, capsOf } from './keys.js';
import { Part } from './parts.js';
import { Sum } from './sum.js';

const WINDOW = 60;
const ALL = 120;
const NUMERIC = ['money', 'number', 'percentage', 'quantity'];

/** The part of a table's card. */
export const make = card => new Grid(card);

class Grid extends Part {
  constructor(card) {
    super(card);
    this.columns = card.field.columns;
    this.at = { row: 0, column: 0 };
    this.first = 0;
    this.taken = new Map();
    this.body = h('tbody');
    this.sum = new Sum(this);
    this.widths = h('colgroup', {}, h('col'), this.columns.map(() => h('col')));
    const heads = this.columns.map(one => h(`th${numeric(one)}`, { scope: 'col', title: one.title }, one.title));
    this.table = h('table.grid', { 'aria-labelledby': `${card.id}-label` },
      this.widths, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, h('span.off', {}, 'Row')), heads)), this.body);
    this.element.append(h('div.gridbox', {}, this.table), this.sum.element);
    this.element.addEventListener('input', event => this.typed(event.target));
    this.element.addEventListener('focusin', event => this.entered(event.target));
    this.draw();
  }

  get rows() { return this.card.state.rows; }
  get field() { return this.card.field; }

  doubt(row, column) {
    const origin = this.rows[row]?.origin;
    return origin && this.field.doubts.find(one => one.row === origin && one.column === this.columns[column].name);
  }

  open(row, column) { return this.doubt(row, column) && !this.rows[row].gone && !this.settled.has(`${this.rows[row].origin} ${column}`); }

  doubtsLeft() { return this.rows.reduce((sum, row, r) => sum + this.columns.filter((_, c) => this.open(r, c)).length, 0); }
  onDoubt() { return Boolean(this.open(this.at.row, this.at.column)); }

  /** Columns as wide as what is in them, the widest text taking what is left: the amounts stay in sight. */
  measure() {
    const longest = this.columns.map((column, c) => {
      const most = Math.max(0, ...this.rows.slice(0, 200).map(row => row.cells[c].length));
      return most && Math.max(most, Math.min(6, column.title.length));
    });
    this.table.style.minWidth = `${3.5 * this.columns.length + 2}rem`;
    const widest = longest.indexOf(Math.max(...longest));
    [...this.widths.children].forEach((col, at) => {
      const size = longest[at - 1];
      const wanted = at === 0 ? '1.75rem' : at - 1 === widest ? 'auto' : size ? `calc(${Math.min(12, Math.max(3, size))}ch + .875rem)` : '2rem';
      if (col.style.width !== wanted) col.style.width = wanted;
    });
  }

  /** Draw the rows around the one in focus; of thousands only these are there. */
  draw() {
    const { rows } = this;
    const count = rows.length > ALL ? WINDOW : rows.length;
    this.first = rows.length > ALL ? Math.max(0, Math.min(rows.length - WINDOW, this.at.row - WINDOW / 2)) : 0;
    this.measure();
    const gap = (text) => h('tr.gap', {}, h('td', { colspan: this.columns.length + 1 }, text));
    const before = this.first;
    const after = rows.length - this.first - count;
    this.body.replaceChildren(
      ...(before ? [gap(`${before.toLocaleString('en-US')} rows above`)] : []),
      ...rows.slice(this.first, this.first + count).map((row, at) => this.row(row, this.first + at)),
      ...(after ? [gap(`${after.toLocaleString('en-US')} rows below`)] : []),
      ...(rows.length ? [] : [gap('No rows were read. Shift+Enter in here adds one.')]));
    if (!rows.length) this.body.firstChild.firstChild.replaceChildren('No rows. ', this.adder());
  }

  adder() { return h('button', { type: 'button', onclick: () => this.add(-1) }, capsOf('rowadd'), 'add a row'); }

  row(row, r) {
    return h(`tr${row.gone ? '.struck' : ''}`, {}, h('th', { scope: 'row' }, String(r + 1)), this.columns.map((column, c) => {
      const doubt = this.doubt(r, c);
      const cell = h('input.cell', {
        'aria-label': `${column.title}, row ${r + 1}${doubt ? `: ${doubt.reason}` : ''}`, 'data-row': r, 'data-column': c,
        autocomplete: 'off', spellcheck: 'false', dir: 'auto', readonly: row.gone, tabindex: r === this.at.row && c === this.at.column ? '0' : '-1',
      });
      cell.value = row.cells[c];
      return h(`td${numeric(column)}${this.open(r, c) ? '.doubt' : ''}`, {}, cell);
    }));
  }

  cell(row, column) { return this.body.querySelector(`.cell[data-row="${row}"][data-column="${column}"]`); }

  /** Where focus belongs: the first doubtful cell, else where it was. */
  focusable() {
    const { rows } = this;
    if (!rows.length) return this.element.querySelector('button');
    let { row, column } = this.at;
    if (!this.open(row, column)) {
      const next = this.nextDoubt();
      if (next) ({ row, column } = next);
    }
    return this.reach(row, column);
  }

  reach(row, column) {
    this.at = { row: Math.max(0, Math.min(this.rows.length - 1, row)), column };
    if (!this.cell(this.at.row, column)) this.draw();
    return this.cell(this.at.row, column);
  }

  nextDoubt() {
    for (let row = 0; row < this.rows.length; row += 1) {
      const column = this.columns.findIndex((_, c) => this.open(row, c));
      if (column >= 0) return { row, column };
    }
    return null;
  }

  go(row, column) {
    if (row < 0 || row >= this.rows.length || column < 0 || column >= this.columns.length) return;
    const cell = this.reach(row, column);
    cell.focus({ preventScroll: true });
    cell.select();
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  entered(target) {
    if (!target.matches('.cell')) return;
    const before = this.cell(this.at.row, this.at.column);
    if (before) before.tabIndex = -1;
    target.tabIndex = 0;
    this.at = { row: Number(target.dataset.row), column: Number(target.dataset.column) };
    target.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    target.select();
  }

  typed(target) {
    if (!target.matches('.cell')) return;
    const { row, column } = target.dataset;
    this.rows[row].cells[column] = target.value;
    // What is typed is no longer what was shown on the page.
    delete this.rows[row].lifted[column];
    this.touched();
  }

  touched() {
    this.card.state.touched = true;
    this.card.state.absent = false;
    this.card.record.edited(this.field);
  }

  /** Handle a key in the grid; true where it was one of the grid's. */
  key(event) {
    const cell = event.target.closest('.cell');
    const action = actionOf(event, ['grid']);
    if (action === 'rowadd') { this.add(cell ? this.at.row : this.rows.length - 1); return true; }
    if (!cell) return false;
    const { row, column } = this.at;
    const [from, to, end] = [cell.selectionStart, cell.selectionEnd, cell.value.length];
    const whole = from === 0 && to === end;
    const plain = !event.altKey && !event.ctrlKey && !event.shiftKey && !event.metaKey;
    switch (action ?? (plain ? event.key : '')) {
      case 'cellnext': this.alternative(row, column); return true;
      case 'rowsplit': this.split(row); return true;
      case 'rowdelete': this.strike(row); return true;
      case 'ArrowDown': this.go(row + 1, column); return true;
      case 'ArrowUp': this.go(row - 1, column); return true;
      case 'ArrowRight': if (!whole && !(from === end && to === end)) return false; this.go(row, column + 1); return true;
      case 'ArrowLeft': if (!whole && !(from === 0 && to === 0)) return false; this.go(row, column - 1); return true;
      case 'Delete': if (!whole) return false; cell.value = ''; this.typed(cell); return true;
      default: return false;
    }
  }

  /** Settle the cell in focus; true where another doubtful one follows. */
  settle() {
    const { row, column } = this.at;
    if (this.doubt(row, column)) this.settled.add(`${this.rows[row].origin} ${column}`);
    this.cell(row, column)?.parentElement.classList.remove('doubt');
    const next = this.nextDoubt();
    if (next) this.go(next.row, next.column);
    return Boolean(next);
  }

  /** Put a cell back as it was read; false where it is. */
  revertCell() {
    const { row, column } = this.at;
    const origin = this.rows[row]?.origin;
    if (!origin) return false;
    const was = this.field.fresh().rows.find(one => one.origin === origin);
    if (!was || was.cells[column] === this.rows[row].cells[column]) return false;
    this.rows[row].cells[column] = was.cells[column];
    this.rows[row].places[column] = was.places[column];
    delete this.rows[row].lifted[column];
    this.redraw(row, column);
    return true;
  }

  alternative(row, column) {
    const doubt = this.doubt(row, column);
    const choices = doubt ? doubt.alternatives.filter(one => one !== null) : [];
    if (!choices.length) { say('This cell has no alternative.'); return; }
    const key = `${row} ${column}`;
    const next = ((this.taken.get(key) ?? -1) + 1) % choices.length;
    this.taken.set(key, next);
    this.rows[row].cells[column] = choices[next];
    delete this.rows[row].lifted[column];
    this.redraw(row, column);
  }

  add(after) {
    after = Math.min(after, this.rows.length - 1);
    this.rows.splice(after + 1, 0, { origin: null, gone: false, cells: this.columns.map(() => ''), places: this.columns.map(() => null), lifted: {} });
    this.redraw(after + 1, 0);
    say(`Row ${after + 2} added.`);
  }

  split(row) {
    if (!this.rows[row]) return;
    this.rows.splice(row + 1, 0, { ...structuredClone(this.rows[row]), origin: null });
    this.redraw(row + 1, this.at.column);
    say(`Row ${row + 1} split in two; change what differs.`);
  }

  strike(row) {
    if (!this.rows[row]) return;
    this.rows[row].gone = !this.rows[row].gone;
    this.redraw(row, this.at.column);
    say(`Row ${row + 1} ${this.rows[row].gone ? 'struck out; the same key restores it' : 'restored'}.`);
  }

  redraw(row, column) {
    this.at = { row, column };
    this.draw();
    this.go(row, column);
    this.touched();
  }

  put(text, place) {
    const { row, column } = this.at;
    if (!this.rows[row]) return;
    this.rows[row].cells[column] = text;
    this.rows[row].places[column] = this.rows[row].lifted[column] = place;
    this.redraw(row, column);
  }

  place() {
    const row = this.rows[this.at.row];
    const known = row?.places?.[this.at.column] ?? row?.places?.find(Boolean);
    if (known) return known.box ? { page: known.page, ...known.box } : known;
    const whole = row && this.field.raw.places?.find(one => one.row === row.origin);
    if (!whole) return null;
    const [x0, y0, x1, y1] = whole.box;
    return { page: whole.page, x0, y0, x1, y1 };
  }

  refresh() { this.sum.refresh(); }

  brief() { return several(this.rows.filter(one => !one.gone).length, 'row'); }

  /** What is to be said of the cell in focus. */
  told() {
    const doubt = this.doubt(this.at.row, this.at.column);
    if (!doubt) return [`row ${Math.min(this.at.row + 1, this.rows.length)} of ${this.rows.length}`];
    const choices = doubt.alternatives.filter(one => one !== null);
    return [`Row ${this.at.row + 1}, ${this.columns[this.at.column].title.toLowerCase()}: ${short(doubt.reason, 300)}`,
      ...(choices.length ? [h('span.hints', {}, h('span', {}, capsOf('cellnext')), h('bdi', {}, h('b', {}, short(choices[0], 60))))] : [])];
  }
}

const numeric = column => NUMERIC.includes(column.kind) ? '.number' : '';
