import type { Role } from '../../api';

/** From the least to the most, as the hub orders them. */
export const ROLES: readonly Role[] = ['viewer', 'store_manager', 'loss_prevention', 'analyst', 'fleet_engineer', 'operations', 'admin', 'owner'];

/** Whether somebody of the one role may give the other, or change whoever holds it; only an owner touches administrators and owners. */
export function mayGrant(own: Role, other: Role): boolean {
  return own === 'owner' || (own === 'admin' && other !== 'admin' && other !== 'owner');
}
