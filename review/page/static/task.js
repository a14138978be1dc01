// A task as somebody works on it: what was read, what he made of it, and what is handed in. Knows no screen.

export const ARMED_MS = 180;

/** Fields of a table start with the rows as read; one that nobody read starts without any. */
const rowsOf = field => (Array.isArray(field.rows) ? field.rows : []).map((row, at) => ({
  origin: row.row ?? null,
  gone: false,
  cells: field.columns.map(column => row[column.name] === '?' || row[column.name] == null ? '' : String(row[column.name])),
  places: [...field.cells?.[at] ?? field.columns.map(() => null)],
  lifted: {},
}));

const textOf = reading => reading ? reading.raw || reading.value || '' : '';
const placeOf = reading => reading?.evidence?.length ? around(reading.evidence) : null;

/** The box around evidence, on the page where it begins. */
function around(evidence) {
  const page = evidence[0].page;
  const boxes = evidence.filter(one => one.page === page).map(one => one.box);
  return {
    page,
    x0: Math.min(...boxes.map(b => b.x0)), y0: Math.min(...boxes.map(b => b.y0)),
    x1: Math.max(...boxes.map(b => b.x1)), y1: Math.max(...boxes.map(b => b.y1)),
  };
}

/** A field as it was read. */
export class Field {
  constructor(raw, sides) {
    this.raw = raw;
    this.path = raw.path;
    this.title = raw.title || raw.path;
    this.kind = raw.kind;
    this.asked = raw.asked;
    this.critical = raw.critical;
    this.many = raw.many;
    this.columns = raw.columns ?? [];
    this.reasons = raw.reasons ?? [];
    this.doubts = raw.doubts ?? [];
    this.absent = raw.state === 'absent';
    this.unread = raw.state === 'missing' || raw.state === 'cannot_tell';
    const readings = raw.readings ?? [];
    this.value = this.many ? readings.map(textOf).join('\n') : textOf(readings[0]);
    this.normal = this.many ? readings.map(one => one.value ?? one.raw).join('\n') : readings[0]?.value ?? null;
    this.place = placeOf(readings[0]);
    this.unreadable = readings.some(one => one.value === null);
    this.alternatives = [
      ...sides.map((side, at) => sideOf(side, raw.path, at)).filter(Boolean),
      ...(raw.alternatives ?? []).map(one => ({ value: textOf(one), normal: one.value, place: placeOf(one), says: '' })),
    ];
    this.isTable = this.kind === 'rows' || this.columns.length > 0;
    this.part = raw.part ?? (this.isTable ? 'grid' : null);
    this.why = this.whyLook();
    this.long = this.many || /\n/.test(this.value) || (['text', 'address'].includes(this.kind) && this.value.length > 44) || this.value.length > 400;
  }

  fresh() {
    return {
      value: this.value, absent: this.absent, source: 'kept', place: this.place, alternative: -1, ms: 0, seen: false,
      status: this.asked ? 'open' : 'clean', rows: this.isTable ? rowsOf(this.raw) : null, touched: false, lifted: {},
    };
  }

  /** Why somebody should look: icon, two words, sentences. */
  whyLook() {
    const all = this.reasons.join('; ');
    const at = /two readings|differ|disagree|says? .* but|says another/i.test(all) ? 'two'
      : /checked at random/.test(all) ? 'random'
        : /rule|add up|adds up|broken|not before|after/i.test(all) ? 'rule'
          : this.unread || /not found|no evidence|ungrounded|nowhere|missing|absent/i.test(all) ? 'missing' : 'look';
    const said = { two: 'readings differ', random: 'checked at random', rule: 'does not fit', missing: 'not found', look: 'doubtful' };
    return { code: at, said: said[at] };
  }
}

function sideOf(side, path, at) {
  const said = (side.fields ?? []).find(one => one.path === path);
  if (!said) return null;
  const value = said.after.flat(2).filter(one => one !== null).join('\n');
  const place = said.box ? { ...said.box } : null;
  return { value, normal: value, place, absent: !said.after.length, says: at ? 'the second person' : 'the first person' };
}

/** A task with its lease and everything entered. */
export class Task {
  constructor(raw) {
    this.take(raw);
    this.verdicts = raw.rules ?? [];
    this.problems = {};
    this.normals = {};
    this.overrides = new Map();
    this.hard = false;
    this.hardTag = null;
    this.keystrokes = 0;
    this.activeMs = 0;
    this.togetherWith = null;
    this.states = new Map(this.fields.map(field => [field.path, field.fresh()]));
    this.whole = { kind: raw.kind === 'document' ? 'type' : 'fields', type: null, cuts: proposed(raw), comment: '' };
    if (raw.draft) this.restore(raw.draft);
  }

  /** Whether somebody entered anything. */
  get touched() { return this.fields.some(one => this.changed(one)) || this.open.length < this.asked.length; }

  /** What the server says of it anew, without touching what was entered. */
  take(raw) {
    this.raw = raw;
    this.id = raw.task_id;
    this.etag = raw.etag;
    this.lease = raw.lease;
    this.pages = raw.pages;
    this.sides = raw.sides ?? [];
    this.fields = (raw.fields ?? []).map(one => new Field(one, this.sides));
  }

  get asked() { return this.fields.filter(one => one.asked); }
  get open() { return this.asked.filter(one => this.states.get(one.path).status === 'open'); }
  /** How many others ask the same, and could be accepted with it. */
  get alike() { return this.isFields ? this.raw.alike?.waiting ?? 0 : 0; }
  get isFields() { return this.whole.kind === 'fields'; }
  get title() { return this.raw.name || this.raw.title || this.raw.document_id.slice(0, 12); }
  field(path) { return this.fields.find(one => one.path === path); }
  state(path) { return this.states.get(path); }

  /** Why a field can't be taken as it stands, as far as that is known; null where nothing speaks against it. */
  problem(field) {
    const said = this.problems[field.path];
    if (said || this.changed(field) || !field.unreadable) return said ?? null;
    return `can't be read as a ${field.kind} as it stands: correct it`;
  }

  /** Whether anything differs from what was read. */
  changed(field) {
    const state = this.state(field.path);
    if (field.isTable) return state.touched || state.absent !== field.absent;
    return state.absent !== field.absent || state.value !== field.value || state.source !== 'kept';
  }

  /** Pages that a person will look at first. */
  get evidencePages() {
    const found = [...this.asked, ...this.fields].map(one => this.state(one.path).place?.page ?? one.raw.places?.[0]?.page);
    return [...new Set(found.filter(Boolean))];
  }

  revert(field) {
    const { ms, seen } = this.state(field.path);
    this.states.set(field.path, { ...field.fresh(), ms, seen });
    delete this.problems[field.path];
  }

  /** What is handed in about a field. */
  entry(field) {
    const state = this.state(field.path);
    const base = { path: field.path, ms: Math.round(state.ms) };
    if (state.absent && !field.absent) return { ...base, action: 'absent', source: state.source };
    if (!this.changed(field)) return { ...base, action: 'accept' };
    const action = field.absent || field.unread ? 'add' : 'correct';
    if (field.isTable) return { ...base, action, source: 'typed', rows: this.rows(field), lifted: this.lifted(field) };
    const box = state.source === 'lifted' || state.source === 'alternative' ? state.place : null;
    const values = state.value.split('\n').map(one => one.trim()).filter(Boolean);
    const places = values.map(one => state.lifted[one] ?? null);
    const value = field.many ? { values, ...(places.some(Boolean) ? { places } : {}) } : { value: state.value };
    return { ...base, action, source: state.source === 'kept' ? 'typed' : state.source, box, ...value };
  }

  kept(field) { return this.state(field.path).rows.filter(row => !row.gone && row.cells.some(cell => cell.trim())); }

  rows(field) {
    return this.kept(field)
      .map(row => ({ row: row.origin, ...Object.fromEntries(field.columns.map((c, at) => [c.name, row.cells[at].trim() || null])) }));
  }

  /** Cells that were lifted from the page, by their row as it is handed in. */
  lifted(field) {
    return this.kept(field).flatMap((row, at) => Object.entries(row.lifted).map(([column, box]) => ({ row: at + 1, column: field.columns[column].name, box })));
  }

  /** Everything that was touched or is asked, as the API takes it. */
  get entries() {
    return this.fields.filter(one => one.asked || this.changed(one)).map(one => this.entry(one));
  }

  submission() {
    const common = {
      ...(this.togetherWith ? { together_with: this.togetherWith } : {}),
      active_ms: Math.round(this.activeMs), keystrokes: this.keystrokes, hard_case: this.hard,
      ...(this.hard && this.hardTag ? { hard_tag: this.hardTag } : {}),
      ...(this.whole.comment ? { comment: this.whole.comment } : {}),
    };
    if (this.whole.kind === 'type') return { ...common, kind: 'type', doc_type: this.whole.type };
    if (this.whole.kind === 'split') return { ...common, kind: 'split', ranges: this.ranges };
    if (this.whole.kind === 'rejection') return { ...common, kind: 'rejection' };
    const overrides = this.broken.filter(one => this.overrides.has(one.rule))
      .map(one => ({ rule: one.rule, reason: this.overrides.get(one.rule) }));
    return { ...common, kind: 'fields', fields: this.entries, overrides };
  }

  /** Page ranges that the cuts make. */
  get ranges() {
    const starts = [1, ...[...this.whole.cuts].sort((a, b) => a - b)];
    return starts.map((first, at) => [first, (starts[at + 1] ?? this.raw.page_count + 1) - 1]);
  }

  get broken() { return this.verdicts.filter(one => one.verdict === 'broken'); }
  get unexcused() { return this.broken.filter(one => !this.overrides.has(one.rule)); }

  /** Broken rules that no field which is still open could mend. */
  stuck(path) {
    const reads = (rule, name) => rule.fields.some(one => one === name || one.startsWith(`${name}.`));
    const others = this.open.filter(one => one.path !== path);
    return this.unexcused.filter(rule => (reads(rule, path) || !others.length) && !others.some(one => reads(rule, one.path)));
  }

  /** What is kept of it until it is handed in. */
  draft() {
    return {
      ...this.submission(),
      together_with: null,
      kind: this.whole.kind, doc_type: this.whole.type, cuts: [...this.whole.cuts],
      fields: this.entries,
      overrides: [...this.overrides].map(([rule, reason]) => ({ rule, reason })),
      settled: this.asked.filter(one => this.state(one.path).status !== 'open').map(one => one.path),
    };
  }

  /** Go on where a draft, or a decision that was taken back, left off. */
  restore(draft) {
    const settled = draft.settled ?? (draft.fields ?? []).map(one => one.path);
    for (const entry of draft.fields ?? []) {
      const field = this.field(entry.path);
      if (field) this.restoreField(field, entry, settled.includes(entry.path));
    }
    for (const one of draft.overrides ?? []) this.overrides.set(one.rule, one.reason);
    this.hard = Boolean(draft.hard_case);
    this.hardTag = draft.hard_tag ?? null;
    this.activeMs = draft.active_ms ?? 0;
    this.keystrokes = draft.keystrokes ?? 0;
    if (draft.kind && draft.kind !== 'fields' || this.raw.kind === 'document') {
      this.whole = {
        kind: draft.kind === 'fields' ? 'type' : draft.kind ?? 'type', type: draft.doc_type ?? null, comment: draft.comment ?? '',
        cuts: new Set(draft.cuts ?? (draft.ranges ?? []).map(one => one[0]).filter(one => one > 1)),
      };
    }
  }

  restoreField(field, entry, settled) {
    const state = this.state(field.path);
    state.ms = entry.ms ?? 0;
    if (entry.action === 'absent') state.absent = true;
    else if (entry.rows) {
      const known = rowsOf(field.raw);
      state.rows = entry.rows.map(row => ({
        origin: row.row ?? null, gone: false, cells: field.columns.map(column => row[column.name] ?? ''),
        places: [...known.find(one => one.origin === row.row)?.places ?? field.columns.map(() => null)],
        lifted: {},
      }));
      for (const one of entry.lifted ?? []) {
        const at = field.columns.findIndex(column => column.name === one.column);
        const row = state.rows[one.row - 1];
        if (row && at >= 0) row.lifted[at] = row.places[at] = one.box;
      }
      state.touched = true;
      state.absent = false;
    } else if (entry.action !== 'accept') {
      state.value = entry.values ? entry.values.join('\n') : entry.value ?? '';
      state.absent = false;
      state.source = entry.source ?? 'typed';
      if (entry.box) state.place = entry.box;
      entry.places?.forEach((place, at) => { if (place) state.lifted[entry.values[at]] = place; });
    }
    if (settled && field.asked) state.status = statusOf(this, field);
  }
}

/** How a field that was decided is marked. */
export function statusOf(task, field) {
  if (task.state(field.path).absent) return 'absent';
  return task.changed(field) ? 'edited' : 'done';
}

const proposed = raw => new Set((raw.proposed_split ?? []).map(one => one[0]).filter(one => one > 1));
