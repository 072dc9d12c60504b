// Self-checks: judge an answer at once, say why, and keep the reader's progress in this browser alone.
// The judgements are those of explorables/explore/self_check.py; a test compares the two.

import { human, typed } from './format.js';
import { _ } from './words.js';

const KEY = 'explorables.self-checks';
const LONGEST = 60; // characters of an answer

const same = (given, value, tolerance) => Math.abs(given - value) <= tolerance * Math.abs(value);

export function judgeNumber(check, text) {
  const given = typed(text.slice(0, LONGEST), check.unit);
  if (!Number.isFinite(given)) return ['wrong', check.wanted ? _('Type a number in {unit}.', { unit: check.wanted }) : _('Type a number.')];
  if (same(given, check.answer, check.tolerance)) return ['right', _('{answer}. {why}', { answer: check.solution, why: check.why })];
  const said = human(given, check.unit);
  const slip = check.slips.find(({ value, tolerance }) => same(given, value, tolerance));
  if (slip) return ['close', _('{answer}: {why}', { answer: said, why: slip.says })];
  const side = given > check.answer ? _('{value} is too high.', { value: said }) : _('{value} is too low.', { value: said });
  return ['wrong', `${side} ${check.hint}`];
}

function judgeChoice(check, text) {
  const option = /^\d+$/.test(text) ? check.options[text] : undefined;
  if (!option) return ['wrong', _('Choose one of the options.')];
  return [option.right ? 'right' : 'wrong', option.says];
}

function met({ equals, low, high }, value) {
  if (equals !== null) return value === equals;
  return (low === null || value >= low) && (high === null || value <= high);
}

function wanted({ equals, said, low, high, unit, digits, format }) {
  const say = value => human(value, unit, digits, format);
  if (equals !== null) return said ?? say(equals);
  if (low === high) return say(low);
  if (low === null) return _('at most {value}', { value: say(high) });
  return high === null ? _('at least {value}', { value: say(low) }) : _('{low} to {high}', { low: say(low), high: say(high) });
}

// An explorer's settings and readouts by name: value and text.
function shown(explorer) {
  const found = {};
  for (const { name, value, text } of explorer.readouts) found[name] = { value, text };
  for (const [name, control] of explorer.controls) {
    const value = explorer.settings[name];
    found[name] = { value, text: control.say(value) };
  }
  return found;
}

function judgeMove(check, explorer) {
  const now = shown(explorer);
  const goal = check.goals.find(({ name, ...wanted }) => !met(wanted, now[name].value));
  if (!goal) return ['right', check.why];
  return ['wrong', _('{label} is {value}; wanted: {wanted}.', { label: goal.label, value: now[goal.name].text, wanted: wanted(goal) })];
}

// What the reader has answered. Storage may be blocked, full, or hold what somebody else wrote.
const progress = {
  kept: true,
  memory: {},

  read() {
    let found;
    try {
      found = JSON.parse(localStorage.getItem(KEY));
    } catch {
      found = null;
    }
    const sound = ([id, answer]) => /^check-[0-9a-f]{8}$/.test(id) && typeof answer?.given === 'string'
      && answer.given.length <= LONGEST && typeof answer.right === 'boolean';
    return { ...Object.fromEntries(Object.entries(found ?? {}).filter(sound)), ...this.memory };
  },

  write(id, given, right) {
    const all = { ...this.read(), [id]: { given: given.slice(0, LONGEST), right } };
    try {
      localStorage.setItem(KEY, JSON.stringify(all));
      this.kept = localStorage.kept ?? true; // memory may stand in for what a browser refuses
    } catch {
      this.kept = false;
      this.memory = all;
    }
  },

  forget() {
    this.memory = {};
    try {
      localStorage.removeItem(KEY);
    } catch {
      // nothing was kept
    }
  },

  solved(ids) {
    const all = this.read();
    return ids.filter(id => all[id]?.right).length;
  },
};

class Check {
  constructor(form, others) {
    this.form = form;
    this.others = others;
    this.check = JSON.parse(form.querySelector('.xp-check-data').textContent);
    this.field = form.querySelector('input[type="text"]');
    this.answer = form.querySelector('.xp-check-answer');
    form.addEventListener('submit', event => {
      event.preventDefault();
      this.submit(this.given());
    });
    if (this.check.kind === 'move') this.follow();
    this.restore();
  }

  given() {
    return this.field ? this.field.value : this.form.querySelector('input:checked')?.value ?? '';
  }

  judge(given) {
    return this.check.kind === 'number' ? judgeNumber(this.check, given) : judgeChoice(this.check, given);
  }

  submit(given) {
    const verdict = this.judge(given);
    this.say(...verdict);
    if (given.trim()) progress.write(this.check.id, given, verdict[0] === 'right');
    this.others();
  }

  say(outcome, text) {
    const word = document.createElement('b');
    word.textContent = { right: _('Right.'), close: _('Close.'), wrong: _('Not yet.') }[outcome];
    this.answer.replaceChildren(word, ` ${text}`);
    this.form.dataset.outcome = outcome;
    this.field?.setAttribute('aria-invalid', String(outcome !== 'right'));
  }

  restore() {
    const before = progress.read()[this.check.id];
    if (!before) return;
    if (this.check.kind === 'move') {
      if (before.right) this.say('right', this.check.why);
      return;
    }
    if (this.field) this.field.value = before.given;
    const option = [...this.form.querySelectorAll('input[type="radio"]')].find(radio => radio.value === before.given);
    if (option) option.checked = true;
    this.say(...this.judge(before.given));
  }

  // Where the sliders stand is said quietly, since the explorer speaks; that the task is done is said aloud.
  follow() {
    const now = this.form.querySelector('.xp-check-now');
    const root = document.getElementById(this.check.explorer);
    root.addEventListener('xp-change', () => {
      const [outcome, text] = judgeMove(this.check, root.xpExplorer);
      now.textContent = outcome === 'right' ? '' : text;
      if (outcome !== 'right' || this.form.dataset.outcome === 'right') return;
      this.say('right', text);
      progress.write(this.check.id, 'done', true);
      this.others();
    });
  }

  // What was forgotten on another page is forgotten here.
  again() {
    if (this.form.dataset.outcome && !progress.read()[this.check.id]) this.clear();
  }

  clear() {
    this.form.reset();
    this.field?.removeAttribute('aria-invalid');
    this.answer.replaceChildren();
    delete this.form.dataset.outcome;
  }
}

function page(forms) {
  const ids = forms.map(form => form.id);
  const count = () => {
    const blocked = progress.kept ? '' : _(' Your browser keeps no data of this site, so this is forgotten when you leave the page.');
    for (const form of forms) {
      form.querySelector('.xp-check-count').textContent = _('{solved} of {count} solved on this page.', { solved: progress.solved(ids), count: ids.length }) + blocked;
    }
  };
  const checks = forms.map(form => new Check(form, count));
  const again = () => {
    for (const check of checks) check.again();
    count();
  };
  again();
  for (const kind of ['storage', 'pageshow']) addEventListener(kind, again);
  return () => {
    for (const check of checks) check.clear();
    count();
  };
}

function overview(list, forget) {
  const items = [...list.querySelectorAll('[data-checks]')];
  const status = document.createElement('p');
  status.setAttribute('role', 'status');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'xp-check-forget';
  button.textContent = _('Forget my answers');
  status.lang = button.lang = document.documentElement.lang;
  const show = () => {
    const counts = items.map(item => {
      const ids = item.dataset.checks.split(' ');
      const solved = progress.solved(ids);
      item.querySelector('.xp-check-total').textContent = _('{solved} of {count} solved', { solved, count: ids.length });
      return [solved, ids.length];
    });
    const [solved, all] = counts.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
    status.textContent = _('{solved} of {count} self-checks solved.', { solved, count: all });
    button.disabled = !Object.keys(progress.read()).length;
  };
  button.addEventListener('click', () => {
    progress.forget();
    forget();
    show();
    status.textContent = `${_('Your answers are forgotten.')} ${status.textContent}`;
  });
  list.after(status, button);
  show();
  addEventListener('storage', show);
  addEventListener('pageshow', show);
}

if (typeof document !== 'undefined') {
  const forget = page([...document.querySelectorAll('.xp-check')]);
  for (const list of document.querySelectorAll('.xp-check-overview')) overview(list, forget);
}
