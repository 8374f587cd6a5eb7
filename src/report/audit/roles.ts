import type { Role } from '../../core/evaluation/evidence.js';

/**
 * What a trial is for, in the order in which success is expected to rise; the last three compare or control.
 */
export const ROLES = {
  noise: { title: 'Random noise', hint: 'the control: needs no model, and should fool least' },
  'one-step': { title: 'One gradient step', hint: 'should fool fewer than many steps' },
  iterative: { title: 'Many gradient steps', hint: 'should fool most of all' },
  longer: { title: 'More steps', hint: 'should fool hardly more' },
  averaged: {
    title: 'Averaged gradient',
    hint: 'follows the gradient of the loss as it is after blurring',
  },
  'gradient-free': {
    title: 'No gradient',
    hint: 'sees outputs only; should fool fewer than attacks with the gradient',
  },
  substitute: {
    title: 'Substitute',
    hint: "follows the gradient of a network that was trained on this one's answers",
  },
  transfer: {
    title: 'Another gradient',
    hint: 'follows another model; should fool fewer than the model’s own gradient',
  },
  unbounded: {
    title: 'No bound',
    hint: 'the control: every change is allowed, so nearly all inputs must be fooled',
  },
} as const satisfies Readonly<Record<Role, { readonly title: string; readonly hint: string }>>;

export const roleNames = Object.keys(ROLES) as readonly Role[];
