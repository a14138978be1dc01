// The running total of a table, against what the page prints.

import { h } from './dom.js';

export class Sum {
  constructor(grid) {
    this.grid = grid;
    this.total = totalColumn(grid.columns);
    this.output = h('output');
    this.against = h('span');
    this.element = h('p.total', {}, this.against, this.output);
  }

  refresh() {
    const { total } = this;
    this.element.hidden = total < 0;
    if (total < 0) return;
    const sum = this.grid.rows.filter(one => !one.gone).reduce((all, row) => all + (amount(row.cells[total]) ?? 0), 0);
    const printed = this.printed();
    const off = printed === null ? null : Math.round((sum - printed.value) * 100) / 100;
    this.output.textContent = money(sum);
    this.element.className = `total ${off === null ? '' : off === 0 ? 'holds' : 'broken'}`;
    this.against.textContent = printed === null ? 'Sum of the rows' : off === 0
      ? `Sum of the rows, as printed (${printed.title.toLowerCase()})`
      : `Sum of the rows; ${printed.title.toLowerCase()} says ${money(printed.value)}, off by ${money(Math.abs(off))}`;
  }

  /** The printed total that the type's own rules hold the rows against. */
  printed() {
    const { task } = this.grid.card;
    const rules = task.verdicts.filter(one => one.fields.includes(this.grid.field.path));
    for (const name of rules.flatMap(one => one.fields)) {
      const field = task.field(name);
      if (!field || field.kind !== 'money' || task.state(name).absent) continue;
      const value = amount(task.normals[name]?.after?.[0] ?? (task.changed(field) ? task.state(name).value : field.normal));
      if (value !== null) return { title: field.title, value };
    }
    return null;
  }
}

function totalColumn(columns) {
  const money = columns.map((one, at) => [one, at]).filter(([one]) => one.kind === 'money');
  return (money.find(([one]) => one.critical) ?? money.at(-1) ?? [null, -1])[1];
}

/** A number as it is written, for a sum on the screen alone; the server reads it by itself. */
function amount(text) {
  if (!text || !/\d/.test(text)) return null;
  const plain = text.replace(/[^\d.,()\-−]/g, '').replace('−', '-');
  const negative = /^\(.*\)$/.test(plain) || plain.startsWith('-') || plain.endsWith('-');
  const digits = plain.replace(/[()-]/g, '');
  const point = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  const grouped = point >= 0 && digits.length - point - 1 === 3 && /[.,]/.test(digits.slice(0, point));
  const whole = point < 0 || grouped ? digits.replace(/[.,]/g, '') : `${digits.slice(0, point).replace(/[.,]/g, '')}.${digits.slice(point + 1)}`;
  const value = Number(whole);
  return Number.isFinite(value) ? (negative ? -value : value) : null;
}

const money = value => (Math.round(value * 100) / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
