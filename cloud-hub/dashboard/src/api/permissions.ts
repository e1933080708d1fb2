import type { Permission } from './generated';

export type { Permission } from './generated';

/** Whether somebody holds any of these; an empty list asks for nothing. What counts is still the hub's own answer. */
export function holds(held: readonly string[], anyOf: readonly Permission[]): boolean {
  return anyOf.length === 0 || anyOf.some((permission) => held.includes(permission));
}
