// The page for grading by hand. What students wrote goes into the page as text only; each step is saved at once.

const by = id => document.getElementById(id);
const token = location.hash.slice(1) || sessionStorage.getItem('token') || '';
sessionStorage.setItem('token', token);
history.replaceState(null, '', location.pathname);

let tasks = [];
let task = null;
let answers = [];
let at = 0;
let before = null; // the answer that was given points last
let sending = Promise.resolve();
let unsaved = 0;
let typing = 0;

/** Ask the server; an error says what to do. */
async function ask(path, body) {
  let reply;
  try {
    reply = await fetch(path, {
      method: body ? 'POST' : 'GET',
      headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
  } catch {
    throw new Error('The command has ended: start it again, and reload this page from its new address.');
  }
  const said = await reply.json();
  if (!reply.ok) throw new Error(said.error);
  return said;
}

/** Say how it stands with saving. */
function tell(text, bad = false) {
  by('saved').textContent = text;
  by('saved').classList.toggle('bad', bad);
}

/** An element with text. */
function made(kind, text, name) {
  const element = document.createElement(kind);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
}

const shown = number => String(Math.round(number * 100) / 100);
const now = () => answers[at];
const total = one => task.criteria.reduce((sum, criterion, number) => sum + criterion.points * (one.ticked[number] ?? 0), 0);

/** Send an answer's points; what cannot be saved is tried again until it is. */
function save(one) {
  const step = { task: task.id, student: one.student, points: one.points, ticked: { ...one.ticked }, comment: one.comment };
  unsaved += 1;
  tell('Saving …');
  sending = sending.then(async () => {
    for (;;) {
      try {
        await ask('/api/give', step);
        break;
      } catch (problem) {
        tell(`Not saved. ${problem.message}`, true);
        await new Promise(resolve => setTimeout(resolve, 1000));
      }
    }
    unsaved -= 1;
    if (!unsaved) tell('Saved');
  });
}

/** Give the answer in hand other points. */
function give(points, ticked) {
  const one = now();
  one.points = Math.min(Math.max(Math.round(points * 100) / 100, 0), task.points);
  if (ticked) one.ticked = ticked;
  one.waiting = false;
  before = { points: one.points, ticked: { ...one.ticked }, comment: one.comment, student: one.student };
  save(one);
  draw();
}

/** Count a criterion in whole, in half, not. */
function tick(number) {
  const one = now();
  if (number >= task.criteria.length) return;
  const ticked = { ...one.ticked };
  const next = { 1: 0.5, 0.5: 0 }[ticked[number]] ?? 1;
  if (next) ticked[number] = next;
  else delete ticked[number];
  give(total({ ticked }), ticked);
}

/** Keep what is being typed. */
function keepComment() {
  clearTimeout(typing);
  const one = now();
  const text = by('comment').value;
  if (!one || one.comment === text) return;
  one.comment = text;
  if (before?.student === one.student) before.comment = text;
  save(one);
}

/** Go to an answer of this task. */
function go(number) {
  if (!answers.length) return;
  keepComment();
  at = (number + answers.length) % answers.length;
  draw();
  by('answer').scrollTop = 0;
}

/** Go to the next answer that waits, or say that there is none. */
function next() {
  for (let step = 1; step <= answers.length; step += 1) {
    if (answers[(at + step) % answers.length].waiting) return go(at + step);
  }
  keepComment();
  by('who').textContent = 'All answers to this task have points. Press t for the next task.';
  return undefined;
}

/** The next task in which something waits, or else simply the next. */
async function nextTask() {
  const place = tasks.indexOf(task);
  const order = [...tasks.slice(place + 1), ...tasks.slice(0, place)];
  await open(order.find(one => one.waiting) ?? order[0] ?? task);
}

const keys = {
  Enter: next,
  j: () => go(at + 1),
  k: () => go(at - 1),
  ArrowRight: () => go(at + 1),
  ArrowLeft: () => go(at - 1),
  0: () => give(0, {}),
  f: () => give(task.points, Object.fromEntries(task.criteria.map((_, number) => [number, 1]))),
  '+': () => give((now().points ?? 0) + 0.5),
  '-': () => give((now().points ?? task.points) - 0.5),
  s: () => {
    if (!before) return;
    by('comment').value = before.comment;
    now().comment = before.comment;
    give(before.points, { ...before.ticked });
  },
  c: () => by('comment').focus(),
  u: async () => {
    keepComment();
    await sending;
    const place = await ask('/api/undo', {});
    if (!place.task) return tell('There is nothing to take back.');
    await open(tasks.find(one => one.id === place.task) ?? task, place.student);
    return tell('Taken back');
  },
  t: nextTask,
};
for (let number = 1; number <= 9; number += 1) keys[number] = () => tick(number - 1);

/** Do what a key or its button stands for. */
async function act(key) {
  if (!now() && key !== 't' && key !== 'u') return;
  try {
    await keys[key]();
  } catch (problem) {
    tell(problem.message, true);
  }
}

/** The parts of an answer: text as text, code as code, pictures that the server has looked at. */
function pieces(one) {
  return one.parts.map(([kind, text]) => {
    if (kind !== 'picture') return made(kind === 'text' ? 'div' : 'pre', text, kind);
    const picture = made('img');
    picture.src = text;
    picture.alt = 'A picture that the answer draws';
    return picture;
  });
}

/** Show the answer in hand. */
function draw() {
  const one = now();
  for (const id of ['points', 'beside', 'answer']) by(id).hidden = !one;
  const waiting = answers.filter(answer => answer.waiting).length;
  const empty = task.untouched ? `; ${task.untouched} wrote nothing and got 0` : '';
  by('progress').textContent = `${answers.length - waiting} of ${answers.length} done${empty}`;
  task.waiting = waiting;
  by('task').replaceChildren(...tasks.map(entry => {
    const option = made('option', `${entry.title} (${entry.waiting} wait)`);
    option.value = entry.id;
    option.selected = entry === task;
    return option;
  }));
  if (!one) {
    by('who').textContent = 'Nobody has written anything for this task.';
    by('result').replaceChildren();
    return;
  }
  by('who').textContent = `${at + 1} of ${answers.length}: ${[one.student, one.name].filter(Boolean).join(', ')}`;
  by('result').replaceChildren(...Object.entries(one.result).flatMap(([name, value]) => [made('dt', name), made('dd', value)]));
  by('answer').replaceChildren(...pieces(one));
  by('given').textContent = one.waiting ? `of ${shown(task.points)}: not given yet` : `${shown(one.points)} of ${shown(task.points)}`;
  [...by('criteria').children].forEach((button, number) => {
    const share = one.ticked[number] ?? 0;
    button.dataset.share = share;
    button.setAttribute('aria-pressed', { 0: 'false', 0.5: 'mixed', 1: 'true' }[share]);
    button.querySelector('.worth').textContent = `${shown(task.criteria[number].points * share)} of ${shown(task.criteria[number].points)}`;
  });
  if (document.activeElement !== by('comment')) by('comment').value = one.comment;
  const near = one.alike.map(([student, share]) => [answers.findIndex(other => other.student === student), share]);
  by('alike').replaceChildren(...near.filter(([place]) => place >= 0).map(([place, share]) => {
    const other = answers[place];
    const button = made('button');
    button.type = 'button';
    const points = other.waiting ? 'waits' : `${shown(other.points)} points`;
    const text = other.parts.filter(([kind]) => kind !== 'picture').map(([, words]) => words).join('\n');
    button.append(made('strong', `${other.student}: ${points}`), ` (${Math.round(share * 100)} % alike)`, made('div', text.slice(0, 400), 'text'));
    button.addEventListener('click', () => go(place));
    const item = made('li');
    item.append(button);
    return item;
  }));
  by('beside').querySelector('h2').textContent = near.length ? 'Like this one' : 'No answer is like this one';
}

/** Open a task, at a student's answer or at the first that waits. */
async function open(wanted, student) {
  keepComment();
  await sending;
  const said = await ask(`/api/answers?task=${encodeURIComponent(wanted.id)}`);
  if (task !== wanted) before = null;
  task = wanted;
  answers = said.answers;
  task.untouched = said.untouched;
  at = Math.max(0, answers.findIndex(one => (student ? one.student === student : one.waiting)));
  by('question').querySelector('div').textContent = task.question;
  by('criteria').replaceChildren(...task.criteria.map((criterion, number) => {
    const button = made('button');
    button.type = 'button';
    button.append(made('kbd', number < 9 ? String(number + 1) : ' '), made('span', criterion.text, 'what'), made('span', '', 'worth'));
    button.addEventListener('click', () => now() && tick(number));
    return button;
  }));
  by('comment').blur();
  draw();
}

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const writes = event.target.closest('textarea, select');
  if (event.key === 'Escape' && writes) {
    writes.blur();
    keepComment();
    return;
  }
  // A button that has the focus keeps its own keys.
  if (writes || !Object.hasOwn(keys, event.key) || (event.key === 'Enter' && event.target.closest('button, summary'))) return;
  event.preventDefault();
  act(event.key);
});
document.querySelectorAll('[data-key]').forEach(button => button.addEventListener('click', () => act(button.dataset.key)));
by('comment').addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(keepComment, 500);
});
by('comment').addEventListener('blur', keepComment);
by('task').addEventListener('change', event => open(tasks.find(one => one.id === event.target.value)));
window.addEventListener('beforeunload', event => {
  keepComment();
  if (unsaved) event.preventDefault();
});

try {
  const said = await ask('/api/tasks');
  tasks = said.tasks;
  by('title').textContent = said.assignment;
  document.title = `Grade by hand: ${said.assignment}`;
  if (tasks.length) await open(tasks.find(one => one.waiting) ?? tasks[0]);
  else by('who').textContent = 'Nothing in this assignment is graded by hand.';
} catch (problem) {
  tell(problem.message, true);
}
