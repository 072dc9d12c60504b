// Exercises on a page: judge an answer without knowing it, by hashes of rounded numbers.
// The rule is that of explorables/classroom/exercises/checking.py; a test compares the two.

import { typed } from './format.js';
import { _ } from './words.js';

const LONGEST = 60; // characters of an answer
const MASK = (1n << 64n) - 1n;
const START = [
  0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
];
const ORDER = [
  '0123456789abcdef', 'ea489fd61c02b753', 'b8c052fdae367194', '7931dcbe265a40f8', '905724afe1bc683d',
  '2c6a0b834d75fe19', 'c51fed4a0763928b', 'db7ec13950f4862a', '6fe9b308c2d714a5', 'a2847615fb9e3cd0',
].map(row => [...row].map(digit => parseInt(digit, 16)));
const QUARTERS = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15], [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
];

const turn = (x, by) => ((x >> by) | (x << (64n - by))) & MASK;
const words = bytes => Array.from({ length: bytes.length / 8 }, (_gap, i) =>
  bytes.slice(8 * i, 8 * i + 8).reduceRight((word, byte) => (word << 8n) | BigInt(byte), 0n));
const padded = (bytes, length) => [...bytes, ...Array(length - bytes.length).fill(0)];
const utf8 = text => [...new TextEncoder().encode(text)];

// BLAKE2b (RFC 7693) of at most 128 bytes, with a salt and a personal name, as bytes.
export function blake2b(message, size, salt = [], person = []) {
  const settings = words([size, 0, 1, 1, ...Array(28).fill(0), ...padded(salt, 16), ...padded(person, 16)]);
  const state = START.map((word, i) => word ^ settings[i]);
  const block = words(padded(message, 128));
  const work = [...state, ...START];
  work[12] ^= BigInt(message.length);
  work[14] ^= MASK; // the first block is the last one
  for (let round = 0; round < 12; round++) {
    const order = ORDER[round % 10];
    QUARTERS.forEach(([a, b, c, d], i) => {
      const steps = [[block[order[2 * i]], 32n, 24n], [block[order[2 * i + 1]], 16n, 63n]];
      for (const [word, first, second] of steps) {
        work[a] = (work[a] + work[b] + word) & MASK;
        work[d] = turn(work[d] ^ work[a], first);
        work[c] = (work[c] + work[d]) & MASK;
        work[b] = turn(work[b] ^ work[c], second);
      }
    });
  }
  const found = state.map((word, i) => word ^ work[i] ^ work[i + 8]);
  return Array.from({ length: size }, (_gap, i) => Number((found[i >> 3] >> BigInt(8 * (i % 8))) & 0xffn));
}

const hex = bytes => bytes.map(byte => byte.toString(16).padStart(2, '0')).join('');

// Steps of a geometric ladder, `parts` of them in a tolerance: the one nearest to a number, and its neighbours.
function around(value, { tolerance, parts }, steps) {
  if (value === 0) return ['0'];
  const middle = Math.round(Math.log(Math.abs(value)) / Math.log1p(tolerance) * parts);
  const sign = value < 0 ? '-' : '+';
  return Array.from({ length: 2 * steps + 1 }, (_gap, i) => `${sign}${middle - steps + i}`);
}

// What an answer is worth, and what to say of it.
export function judge(exercise, text, variant) {
  const salt = blake2b(utf8(`${exercise.id}/${variant}`), 16);
  const known = new Set(exercise.hashes[variant]);
  const hit = tokens => tokens.some(token => known.has(hex(blake2b(utf8(token), 6, salt, utf8('exercise')))));
  if (exercise.choices.length) {
    if (!text) return ['wrong', _('Choose one of the options.')];
    return hit([text.trim().toLowerCase()]) ? ['right', ''] : ['wrong', exercise.hint];
  }
  const value = typed(text.slice(0, LONGEST));
  if (!Number.isFinite(value)) return ['wrong', _('Type a number.')];
  if (hit(around(value, exercise, 0))) return ['right', ''];
  const slip = value && exercise.slips.find(({ factor, turned }) => hit(around(turned ? factor / value : value / factor, exercise, 0)));
  if (slip) return ['close', _('{says} The exercise asks for {unit}.', { says: slip.says, unit: exercise.unit })];
  if (hit(around(value, exercise, exercise.near * exercise.parts))) return ['close', exercise.nearly];
  return ['wrong', exercise.hint];
}

function enliven(form) {
  const exercise = JSON.parse(form.querySelector('.xp-exercise-data').textContent);
  const field = form.querySelector('.xp-exercise-field');
  const given = form.querySelector('select:not(.xp-exercise-field)');
  const says = form.querySelector('.xp-exercise-says');
  form.addEventListener('submit', event => {
    event.preventDefault();
    const [outcome, text] = judge(exercise, field.value, given ? Number(given.value) : 0);
    const word = document.createElement('b');
    word.textContent = { right: _('Right.'), close: _('Close.'), wrong: _('Not yet.') }[outcome];
    says.replaceChildren(word, ` ${text}`);
    form.dataset.outcome = outcome;
    field.setAttribute('aria-invalid', String(outcome !== 'right'));
  });
  given?.addEventListener('change', () => {
    says.replaceChildren();
    delete form.dataset.outcome;
    field.removeAttribute('aria-invalid');
  });
}

if (typeof document !== 'undefined') document.querySelectorAll('.xp-exercise').forEach(enliven);
