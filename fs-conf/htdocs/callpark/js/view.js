// How things are shown. Everything that comes from outside is put in as text, never as markup.

import { Name } from './words.js';

/** @param {string} id */
export const element = (id) => document.getElementById(id);

/**
 * Shows a text; a text that is there already is not announced again.
 * @param {...(string | Name)} parts
 */
export function write(node, ...parts) {
  if (node.textContent !== parts.join('')) node.replaceChildren(...parts.map(put));
}

function put(part) {
  if (!(part instanceof Name)) return part;
  const apart = document.createElement('bdi');
  apart.textContent = part.text;
  return apart;
}

export function show(node, shown) {
  node.hidden = !shown;
}

/**
 * Whether a button can be used, and why not. It stays where it is for the keyboard and is read out with the reason, the id of
 * an element that tells it.
 */
export function permit(button, why) {
  if (why) {
    button.setAttribute('aria-disabled', 'true');
    button.setAttribute('aria-describedby', why);
    button.title = element(why).textContent;
  } else {
    for (const name of ['aria-disabled', 'aria-describedby', 'title']) button.removeAttribute(name);
  }
}

/** Why a button cannot be used; empty when it can. */
export const whyNot = (button) => (button.getAttribute('aria-disabled') ? button.title : '');

/** Makes a change that may hide or remove what has the focus, which then goes to the place that `next` finds. */
export function keepFocus(change, next) {
  const had = document.activeElement;
  change();
  const lost = had && had !== document.body && (!had.isConnected || had.closest('[hidden]'));
  if (lost) next(had)?.focus();
}

let last = Promise.resolve();
let round = 0;

/**
 * Asks something; what was typed (or an empty text) when it is to be, `null` when not. A question waits until those before
 * it are answered.
 */
export function ask(question) {
  const of = round;
  last = last.then(() => (of === round ? open(question) : null));
  return last;
}

/** Answers all questions with no. */
export function closeQuestions() {
  round += 1;
  element('question').close('no');
}

function open({ title, yes, field, kind = 'text', end = false }) {
  const dialog = element('question');
  const [label, input] = [element('question-field'), dialog.querySelector('input')];
  const button = dialog.querySelector('[value=yes]');
  write(element('question-title'), ...title);
  button.textContent = yes;
  button.className = end ? 'end' : 'main';
  show(label, Boolean(field));
  label.querySelector('span').textContent = field ?? '';
  input.required = Boolean(field);
  input.type = kind;
  input.value = '';
  dialog.returnValue = 'no';
  // Enter in the field means yes: the first button of a form is what it presses.
  input.onkeydown = (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    button.click();
  };
  const before = document.activeElement;
  dialog.showModal();
  (field ? input : dialog.querySelector('[value=no]')).focus();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      // The row that it was asked from may have left meanwhile.
      if (!before?.isConnected) element('list-title').focus();
      resolve(dialog.returnValue === 'yes' ? input.value.trim() : null);
    };
  });
}
